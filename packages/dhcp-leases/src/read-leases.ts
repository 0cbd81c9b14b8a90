import { MACOS_PATHS, parseMacAddress } from "@vfkit-machine/host";
import { sortByExpiry } from "./find-leases.js";
import { parseBootptab } from "./parse-bootptab.js";
import { parseLeases } from "./parse-leases.js";
import { readBytes } from "./read-file.js";
import { scanFile } from "./scan-file.js";
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
  const path = options.path ?? MACOS_PATHS.dhcpdLeases;
  return sortByExpiry((await scanFile(path, mac, options.maxBytes)) ?? []);
}
