import { isMachineError } from "@vfkit-machine/host";

/** Writes an error as a person wants it: message, then what to do. Bugs of our own keep their stack. */
export function printError(error: unknown): void {
  if (!isMachineError(error)) {
    process.stderr.write(`vfm-lab: ${error instanceof Error ? error.stack : String(error)}\n`);
    return;
  }
  process.stderr.write(`vfm-lab: ${error.message} (${error.code})\n`);
  if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
}
