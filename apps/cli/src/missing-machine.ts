import { listMachines } from "@vfkit-machine/driver/list";
import { isMachineError, MachineError } from "@vfkit-machine/host/errors";
import { suggest } from "./command-line/suggest.js";

/**
 * An error that says that there is no such machine, with the one that may be meant, or how to make the
 * first one. Any other error as it is.
 */
export async function explainMissing(
  error: unknown,
  name: string,
  storeDir: string,
): Promise<unknown> {
  if (!isMachineError(error, "ERR_MACHINE_NOT_FOUND")) return error;
  const names = (await listMachines({ storeDir })).map((machine) => machine.name);
  return new MachineError(error.message, {
    code: error.code,
    hint: hintFor(name, names),
    cause: error.cause,
  });
}

/** @param names of the machines that there are */
export function hintFor(name: string, names: readonly string[]): string {
  if (names.length === 0) return "There are no machines. Make one with: vfm create --iso minikube";
  const meant = suggest(name, names);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5
    ? `vfm list shows the ${names.length} that there are.`
    : `There is ${shown}.`;
}
