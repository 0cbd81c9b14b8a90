import { forEachMachine } from "../machines.js";
import type { Action } from "../program.js";

export const status: Action = async (cli, args, options) => {
  const several = options["all"] === true || args.length > 1;
  return forEachMachine(cli, args, options["all"] === true, async (machine) => {
    const state = await machine.getState({ signal: cli.signal });
    return { text: several ? `${machine.machineName}: ${state}` : state, json: { state } };
  });
};
