import { isMachineError, type MachineError } from "@vfkit-machine/host";

/** The MachineError that `promise` rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<MachineError> {
  try {
    await promise;
  } catch (error) {
    if (isMachineError(error)) return error;
    throw error;
  }
  throw new Error("expected a rejection");
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code;
}
