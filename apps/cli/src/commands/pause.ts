import { forEachMachine } from "../machines.js";
import type { Action } from "../program.js";

export const pause: Action = async (cli, args, options) =>
  forEachMachine(cli, args, options["all"] === true, async (machine) => {
    await machine.pause({ signal: cli.signal });
    return { text: `${machine.machineName} is paused`, json: { state: "Paused" } };
  });

export const resume: Action = async (cli, args, options) =>
  forEachMachine(cli, args, options["all"] === true, async (machine) => {
    await machine.resume({ signal: cli.signal });
    return { text: `${machine.machineName} is running`, json: { state: "Running" } };
  });
