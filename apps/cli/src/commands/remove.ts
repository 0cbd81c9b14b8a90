import {
  openMachine,
  removeMachine,
  type DriverContext,
  type Machine,
} from "@vfkit-machine/driver";
import { isMachineError, MachineError } from "@vfkit-machine/host";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { forEachName } from "../machines.js";

export const remove: Action = async (cli, args, options) =>
  forEachName(cli, args, flag(options, "all"), async (name, context) => {
    const { signal } = cli;
    if (!flag(options, "force")) await requireStopped(name, context, signal);
    const { leftBehind } = await removeMachine(name, { ...context, signal });
    if (leftBehind.length > 0) {
      const lines = leftBehind.map(({ path, reason }) => `  ${path}: ${reason}`).join("\n");
      throw new MachineError(`${name} could not be removed whole; this is left:\n${lines}`, {
        code: "ERR_LEFT_BEHIND",
        hint: "Delete what is left yourself, then run vfm rm again.",
      });
    }
    return { text: `${name} is removed`, json: { removed: true } };
  });

async function requireStopped(
  name: string,
  context: DriverContext,
  signal: AbortSignal,
): Promise<void> {
  const state = await (await openReadable(name, context)).getState({ signal });
  if (state === "Stopped") return;
  throw new MachineError(`${name} is ${state}: not removed`, {
    code: "ERR_MACHINE_RUNNING",
    hint: `Stop it first with vfm stop ${name}, or cut its power with vfm rm --force ${name}.`,
  });
}

/** One whose configuration is damaged may run for all that we know. */
async function openReadable(name: string, context: DriverContext): Promise<Machine> {
  try {
    return await openMachine(name, context);
  } catch (error) {
    if (!isMachineError(error, "ERR_CONFIG_INVALID", "ERR_CONFIG_NEWER")) throw error;
    throw new MachineError(error.message, {
      code: error.code,
      hint: `Restore its config.json, or remove it with all it has: vfm rm --force ${name}`,
      cause: error.cause,
    });
  }
}
