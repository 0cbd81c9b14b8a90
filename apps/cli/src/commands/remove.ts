import { MachineError } from "@vfkit-machine/host";
import { forEachMachine } from "../machines.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";

export const remove: Action = async (cli, args, options) =>
  forEachMachine(cli, args, flag(options, "all"), async (machine) => {
    const name = machine.machineName;
    const state = await machine.getState({ signal: cli.signal });
    if (state !== "Stopped" && !flag(options, "force")) {
      throw new MachineError(`${name} is ${state}: not removed`, {
        code: "ERR_MACHINE_RUNNING",
        hint: `Stop it first with vfm stop ${name}, or cut its power with vfm rm --force ${name}.`,
      });
    }
    const { leftBehind } = await machine.remove({ signal: cli.signal });
    if (leftBehind.length > 0) {
      const lines = leftBehind.map(({ path, reason }) => `  ${path}: ${reason}`).join("\n");
      throw new MachineError(`${name} could not be removed whole; this is left:\n${lines}`, {
        code: "ERR_LEFT_BEHIND",
        hint: "Delete what is left yourself, then run vfm rm again.",
      });
    }
    return { text: `${name} is removed`, json: { removed: true } };
  });
