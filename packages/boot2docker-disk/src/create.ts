import { checkedSizeBytes } from "./errors.js";
import type { Boot2dockerDisk, Boot2dockerDiskOptions, Disk, DiskSizeOptions } from "./types.js";
import { encodeUserdata } from "./userdata.js";
import { writeAside } from "./write-aside.js";

/**
 * Makes the data disk that a boot2docker guest formats at its first boot and takes its SSH keys from:
 * a raw, sparse image, 0600, whose first bytes are {@link encodeUserdata}'s.
 *
 * Never overwrites, and leaves the whole image or none. One disk of 1 TiB takes as long as one of
 * 1 GiB, and 4 KiB of space.
 *
 * @throws MachineError `ERR_DISK_EXISTS`, `ERR_DISK_INVALID_SIZE`, `ERR_DISK_INVALID_KEY`,
 *   `ERR_DISK_KEY_TOO_LARGE`, `ERR_DISK_NO_SPACE`, `ERR_DISK_QUOTA`, `ERR_DISK_TOO_LARGE`,
 *   `ERR_DISK_ACCESS_DENIED`, `ERR_DISK_READ_ONLY`, `ERR_DISK_NOT_FOUND` (the directory),
 *   `ERR_DISK_NAME_TOO_LONG`, `ERR_DISK_IO`, `ERR_ABORTED`
 */
export async function createBoot2dockerDisk(
  path: string,
  options: Boot2dockerDiskOptions,
): Promise<Boot2dockerDisk> {
  const sizeBytes = checkedSizeBytes(options.sizeMiB);
  const userdata = await encodeUserdata(options);
  await writeAside(path, options.signal, async (handle) => {
    await handle.writeFile(userdata);
    await handle.truncate(sizeBytes);
  });
  return { path, sizeBytes, headerBytes: userdata.length };
}

/**
 * Makes an empty raw disk: a sparse file of zeros, 0600. A guest sees a blank disk and leaves it alone.
 *
 * @throws MachineError as {@link createBoot2dockerDisk}, but for the key
 */
export async function createRawDisk(path: string, options: DiskSizeOptions): Promise<Disk> {
  const sizeBytes = checkedSizeBytes(options.sizeMiB);
  await writeAside(path, options.signal, (handle) => handle.truncate(sizeBytes));
  return { path, sizeBytes };
}
