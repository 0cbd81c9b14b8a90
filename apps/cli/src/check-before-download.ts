import { openMachine, preCreateCheck, type CreateContext } from "@vfkit-machine/driver";
import { isMachineError, MachineError } from "@vfkit-machine/host";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { WantedMachine } from "./create-options.js";

/**
 * Everything about a machine that can be refused without its ISO: who waits for 400 MB wants to hear
 * before, not after, that the name is taken or vfkit is missing.
 *
 * @throws MachineError `ERR_MACHINE_EXISTS` and what the driver's `preCreateCheck` throws
 */
export async function checkBeforeDownload(
  wanted: WantedMachine,
  context: CreateContext,
): Promise<void> {
  await preCreateCheck({ ...wanted, iso: undefined }, context);
  const directory = await directoryOf(wanted.name, context);
  // What a killed creation left is completed by the next one.
  if (directory === undefined || (await isThere(join(directory, "creating.json")))) return;
  throw new MachineError(`there is already a machine ${wanted.name}: ${directory}`, {
    code: "ERR_MACHINE_EXISTS",
    hint: `Choose another name, or remove it first with vfm rm ${wanted.name}.`,
  });
}

async function directoryOf(name: string, context: CreateContext): Promise<string | undefined> {
  try {
    return (await openMachine(name, context)).directory;
  } catch (error) {
    if (isMachineError(error, "ERR_MACHINE_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
