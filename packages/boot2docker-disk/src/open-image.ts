import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { MachineError } from "@vfkit-machine/host";
import { diskError } from "./errors.js";

/** An open image and what the system says of it. */
export interface OpenImage {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
}

/**
 * Opens an image, runs `work` on it and closes it, whatever happens.
 *
 * @param what as in "cannot grow the disk"
 * @throws MachineError `ERR_DISK_NOT_A_FILE`; the system's errors by {@link diskError}
 */
export async function withImage<T>(
  what: string,
  path: string,
  access: "read" | "read-write",
  work: (image: OpenImage) => Promise<T>,
): Promise<T> {
  // Non-blocking: a named pipe must be refused, not waited for.
  const flags = (access === "read" ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK;
  try {
    const handle = await open(path, flags);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) {
        throw new MachineError(`${what} ${path}: not a regular file`, {
          code: "ERR_DISK_NOT_A_FILE",
        });
      }
      return await work({ handle, sizeBytes: stat.size, allocatedBytes: stat.blocks * 512 });
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw diskError(what, path, error);
  }
}
