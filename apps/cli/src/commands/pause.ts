import { forEachMachine } from "../machines.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";

export const pause: Action = async (cli, args, options) =>
  forEachMachine(cli, args, flag(options, "all"), async (machine) => {
    await machine.pause({ signal: cli.signal });
    return { text: `${machine.machineName} is paused`, json: { state: "Paused" } };
  });

export const resume: Action = async (cli, args, options) =>
  forEachMachine(cli, args, flag(options, "all"), async (machine) => {
    await machine.resume({ signal: cli.signal });
    return { text: `${machine.machineName} is running`, json: { state: "Running" } };
  });
