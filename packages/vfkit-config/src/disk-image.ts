import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import type { Device } from "./types.js";

/** How many bytes of an image {@link diskImageProblem} looks at. */
const HEAD_BYTES = 4;
const QCOW2_MAGIC = Uint8Array.of(0x51, 0x46, 0x49, 0xfb);

/** Why vfkit would not take a disk image, judged by its first bytes. */
export function diskImageProblem(head: Uint8Array): "empty" | "qcow2" | undefined {
  if (head.length === 0) return "empty";
  return QCOW2_MAGIC.every((byte, index) => head[index] === byte) ? "qcow2" : undefined;
}

/**
 * Looks at a disk image as vfkit does while it parses `--device virtio-blk`: it must be readable,
 * not empty and not qcow2.
 *
 * @throws MachineError `ERR_DISK_IMAGE`
 */
export async function checkDiskImage(path: string): Promise<void> {
  const problem = diskImageProblem(await readHead(path));
  if (problem === undefined) return;
  throw new MachineError(
    problem === "empty" ? `the disk image is empty: ${path}` : `not a raw disk image: ${path}`,
    {
      code: "ERR_DISK_IMAGE",
      hint:
        problem === "empty"
          ? "Give it its size first, as with truncate -s 20G."
          : "vfkit knows raw images only: convert it with qemu-img convert -O raw.",
    },
  );
}

/** {@link checkDiskImage} for every virtio-blk device: the only disks that vfkit opens this early. */
export async function checkDiskImages(devices: readonly Device[]): Promise<void> {
  for (const device of devices) if (device.kind === "virtio-blk") await checkDiskImage(device.path);
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    // Nothing may hang here, not even a FIFO without a writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await handle.read(
        new Uint8Array(HEAD_BYTES),
        0,
        HEAD_BYTES,
        null,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new MachineError(`cannot read the disk image ${path}: ${code}`, {
      code: "ERR_DISK_IMAGE",
      cause: error,
    });
  }
}
