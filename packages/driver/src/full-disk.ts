import { isMachineError, MachineError } from "@vfkit-machine/host";
import { statfs } from "node:fs/promises";
import type { Step } from "./context.js";
import { FREE_SPACE_HINT } from "./storage-error.js";

/** Less is as good as nothing to programs that write logs and guests that write disks. */
const NOTHING_BYTES = 256 * 1024;

/**
 * What fails on a full disk seldom says so: vfkit's log stays empty because it cannot be written. So
 * that is looked at when a start has failed, before what it wrote is removed.
 *
 * @returns the error, or one that names the full disk as well
 */
export async function nameFullDisk({ paths }: Step, error: unknown): Promise<unknown> {
  if (!isMachineError(error) || error.code === "ERR_ABORTED") return error;
  // Not to be asked: then there is nothing to add.
  const found = await statfs(paths.directory).catch(() => undefined);
  if (found === undefined || found.bavail * found.bsize >= NOTHING_BYTES) return error;
  return new MachineError(
    `no space is left on the disk of ${paths.directory} (ENOSPC): ${error.message}`,
    { code: "ERR_STORAGE", hint: FREE_SPACE_HINT, cause: error },
  );
}
