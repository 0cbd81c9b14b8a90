import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { MAX_BYTES } from "./defaults.js";

/** The content of a regular file, or undefined when there is none. */
export async function readBytes(
  path: string,
  maxBytes: number = MAX_BYTES,
): Promise<Buffer | undefined> {
  return await withFile(path, maxBytes, async (handle, sizeBytes) => {
    // One byte more than there should be shows that the end is the end.
    let buffer = Buffer.allocUnsafeSlow(sizeBytes + 1);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, null);
      filled += bytesRead;
      if (filled > maxBytes) throw tooLarge(path, maxBytes);
      if (bytesRead === 0) return buffer.subarray(0, filled);
      if (filled === buffer.length) buffer = doubled(buffer);
    }
  });
}

function doubled(buffer: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([buffer], buffer.length * 2);
}

/**
 * Opens a regular file that somebody else wrote and closes it, whatever happens.
 *
 * @returns undefined when there is no such file
 * @throws MachineError `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE` by the size it claims: what it
 *   really gives has still to be counted
 */
export async function withFile<T>(
  path: string,
  maxBytes: number,
  work: (handle: FileHandle, sizeBytes: number) => Promise<T>,
): Promise<T | undefined> {
  try {
    // Non-blocking: a named pipe must be refused, not waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw unreadable(path, "not a regular file");
      if (stat.size > maxBytes) throw tooLarge(path, maxBytes);
      return await work(handle, stat.size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === undefined || error instanceof MachineError) throw error;
    throw unreadable(path, code, error);
  }
}

function unreadable(path: string, why: string, cause?: unknown): MachineError {
  return new MachineError(`cannot read ${path}: ${why}`, {
    code: "ERR_LEASES_UNREADABLE",
    hint: why === "EACCES" ? `Check the permissions of ${path} and its directory.` : undefined,
    cause,
  });
}

/** `ERR_LEASES_TOO_LARGE` */
export function tooLarge(path: string, maxBytes: number): MachineError {
  return new MachineError(`${path} is larger than ${maxBytes} bytes`, {
    code: "ERR_LEASES_TOO_LARGE",
    hint: "Allow more with maxBytes, or let bootpd begin anew: stop it and remove the file.",
  });
}
