import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { MachineError, MACOS_PATHS, parseMacAddress, systemErrorCode } from "@vfkit-machine/host";
import { MAX_BYTES } from "./defaults.js";
import { sortByExpiry } from "./find-leases.js";
import { parseBootptab } from "./parse-bootptab.js";
import { parseLeases } from "./parse-leases.js";
import { scanMacAddress } from "./scan-mac-address.js";
import type { Lease, LeasesFile } from "./types.js";

/** Which file, and how much of it. */
export interface ReadLeasesOptions {
  /** Default `/var/db/dhcpd_leases`; for {@link readBootptab} `/etc/bootptab`. */
  readonly path?: string | undefined;
  /** Largest file that is read, in bytes; default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads and parses the leases file. An absent file has no leases.
 *
 * @throws MachineError `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`
 */
export async function readLeases(options: ReadLeasesOptions = {}): Promise<LeasesFile> {
  const path = options.path ?? MACOS_PATHS.dhcpdLeases;
  const bytes = await readBytes(path, options.maxBytes);
  return { path, isPresent: bytes !== undefined, ...parseLeases(bytes ?? "") };
}

/**
 * Reads the static bindings. An absent file has none.
 *
 * @throws MachineError `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`
 */
export async function readBootptab(options: ReadLeasesOptions = {}): Promise<LeasesFile> {
  const path = options.path ?? MACOS_PATHS.bootptab;
  const bytes = await readBytes(path, options.maxBytes);
  return { path, isPresent: bytes !== undefined, ...parseBootptab(bytes ?? "") };
}

/**
 * The leases of one MAC address, the latest expiry first, expired ones included; the same as
 * `findLeases((await readLeases()).leases, { macAddress })`, but in a large file many times faster.
 *
 * @param macAddress any spelling
 * @throws MachineError `ERR_INVALID_MAC_ADDRESS`, `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`
 */
export async function readLeasesOf(
  macAddress: string,
  options: ReadLeasesOptions = {},
): Promise<Lease[]> {
  const mac = parseMacAddress(macAddress);
  const bytes = await readBytes(options.path ?? MACOS_PATHS.dhcpdLeases, options.maxBytes);
  return bytes === undefined ? [] : sortByExpiry(scanMacAddress(bytes, mac));
}

/** The content of a regular file, or undefined when there is none. */
export async function readBytes(
  path: string,
  maxBytes: number = MAX_BYTES,
): Promise<Buffer | undefined> {
  try {
    // Non-blocking: a named pipe must be refused, not waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw unreadable(path, "not a regular file");
      // One byte more than there should be shows that the end is the end.
      let buffer = Buffer.allocUnsafeSlow(Math.min(stat.size, maxBytes) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
        length += bytesRead;
        if (length > maxBytes) throw tooLarge(path, maxBytes);
        if (bytesRead === 0) return buffer.subarray(0, length);
        if (length === buffer.length) {
          buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, maxBytes + 1));
        }
      }
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

function tooLarge(path: string, maxBytes: number): MachineError {
  return new MachineError(`${path} is larger than ${maxBytes} bytes`, {
    code: "ERR_LEASES_TOO_LARGE",
    hint: "Allow more with maxBytes, or let bootpd begin anew: stop it and remove the file.",
  });
}
