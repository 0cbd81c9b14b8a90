import { abortedError, MachineError } from "@vfkit-machine/host";
import { checkedSizeBytes } from "./errors.js";
import { withImage } from "./open-image.js";
import type { DiskSizeOptions, GrownDisk } from "./types.js";

const LAST_BYTE = new Uint8Array(1);

/**
 * Makes a raw disk larger, sparse, in place. A disk of that size already is left as it is; a smaller
 * size is refused, for it would cut data off. The guest must be off, and has to grow its partition
 * and file system itself. Of several calls at once the largest size wins.
 *
 * @throws MachineError `ERR_DISK_SHRINK`, `ERR_DISK_INVALID_SIZE`, `ERR_DISK_NOT_FOUND`,
 *   `ERR_DISK_NOT_A_FILE`, `ERR_DISK_TOO_LARGE`, `ERR_DISK_NO_SPACE`, `ERR_DISK_ACCESS_DENIED`,
 *   `ERR_DISK_READ_ONLY`, `ERR_DISK_IO`, `ERR_ABORTED`; the disk is then as it was
 */
export async function growDisk(path: string, options: DiskSizeOptions): Promise<GrownDisk> {
  const sizeBytes = checkedSizeBytes(options.sizeMiB);
  const what = "cannot grow the disk";
  return await withImage(what, path, "read-write", async ({ handle, sizeBytes: before }) => {
    if (sizeBytes < before) {
      throw new MachineError(`${what} ${path} to ${sizeBytes} bytes: it has ${before}`, {
        code: "ERR_DISK_SHRINK",
        hint: "A disk is never made smaller: what lies behind the new end would be lost.",
      });
    }
    if (options.signal?.aborted === true) {
      throw abortedError(`growing the disk ${path}`, options.signal);
    }
    if (sizeBytes > before) {
      // Not by truncate, which cuts as well: another call may have made it larger meanwhile.
      await handle.write(LAST_BYTE, 0, LAST_BYTE.length, sizeBytes - LAST_BYTE.length);
      await handle.sync();
    }
    return { path, sizeBytes, previousSizeBytes: before };
  });
}
