import type { MacAddress } from "@vfkit-machine/host";

/** A hardware address as a DHCP client gives it: `type,bytes` in the file. */
export interface HardwareAddress {
  /** ARP hardware type: 1 is Ethernet. 255 (`ff`) stands for a DUID, RFC 4361: not a MAC address. */
  readonly type: number;
  /** The bytes in lower-case hexadecimal, two digits each, with colons. Ethernet: the MAC address. */
  readonly address: string;
}

/** One address given to one client. A candidate: its guest may be off, or have another address by now. */
export interface Lease {
  readonly source: "dhcpd_leases" | "bootptab";
  /** The host name that the client sent; undefined when it sent none. Written by the guest: do not trust it. */
  readonly name: string | undefined;
  /** IPv4, dotted. */
  readonly ipAddress: string;
  readonly hardware: HardwareAddress;
  /** Set when the hardware address is an Ethernet one. */
  readonly macAddress: MacAddress | undefined;
  /** The DHCP client identifier as the file spells it. */
  readonly identifier: string | undefined;
  /** Unix milliseconds; `Infinity` for a lease that never expires and for a static binding. */
  readonly expiresAtMs: number;
  /** Where its entry begins in the file, in bytes. */
  readonly offsetBytes: number;
}

/**
 * Why something was passed over.
 * - `outside-entry`: lines that stand in no entry
 * - `unclosed`: another entry begins before this one ends
 * - `unfinished`: the file ends before the entry does
 * - `repeated-key`: this line only; the first one counts, as for bootpd
 * - `bad-line`: a line of bootptab with too few words
 * - `no-...`, `bad-...`: the entry lacks it, or has it in a form that cannot be read
 */
export type SkipReason =
  | "outside-entry"
  | "unclosed"
  | "unfinished"
  | "repeated-key"
  | "bad-line"
  | "no-ip-address"
  | "bad-ip-address"
  | "no-hardware-address"
  | "bad-hardware-address"
  | "no-expiry"
  | "bad-expiry";

/** Something that the parser passed over. */
export interface SkippedEntry {
  readonly reason: SkipReason;
  /** First line of it, from 1. */
  readonly line: number;
  /** Last line of it, from 1. */
  readonly endLine: number;
  /** The beginning of the text at fault, without control characters; at most 80 characters. */
  readonly text: string;
}

/** What a leases file holds, in the order of the file: the latest given first. */
export interface Leases {
  readonly leases: readonly Lease[];
  /** At most 1000; `skippedCount` says how many there were. */
  readonly skipped: readonly SkippedEntry[];
  readonly skippedCount: number;
}

/** {@link Leases} as they stood in a file at one moment. */
export interface LeasesFile extends Leases {
  readonly path: string;
  /** False when the file is absent, which it is until the first lease. */
  readonly isPresent: boolean;
}
