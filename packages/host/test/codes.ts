import { isMachineError } from "../src/index.js";

/** The code of the MachineError that `promise` rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isMachineError(error)) return error.code;
    throw error;
  }
  throw new Error("expected a rejection");
}
