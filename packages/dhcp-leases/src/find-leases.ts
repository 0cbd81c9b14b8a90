import { parseMacAddress } from "@vfkit-machine/host";
import type { Lease } from "./types.js";

/** What a lease must be; all that is given must hold, and nothing given means every lease. */
export interface LeaseQuery {
  /** Any spelling that `parseMacAddress` reads. */
  readonly macAddress?: string | undefined;
  /** The host name that the client sent, whatever its case. */
  readonly name?: string | undefined;
  /** IPv4, dotted. */
  readonly ipAddress?: string | undefined;
  /** Unix milliseconds: leaves out what has expired by then. Default: expired leases are kept. */
  readonly validAtMs?: number | undefined;
}

/**
 * The leases that answer a question, the latest expiry first: so those still valid stand before the
 * expired, and where one client has several leases, or one address several clients, the newest is
 * the first.
 *
 * @throws MachineError `ERR_INVALID_MAC_ADDRESS`
 */
export function findLeases(leases: readonly Lease[], query: LeaseQuery): Lease[] {
  const macAddress = query.macAddress === undefined ? undefined : parseMacAddress(query.macAddress);
  const name = query.name?.toLowerCase();
  return sortByExpiry(
    leases.filter(
      (lease) =>
        (macAddress === undefined || lease.macAddress === macAddress) &&
        (name === undefined || lease.name?.toLowerCase() === name) &&
        (query.ipAddress === undefined || lease.ipAddress === query.ipAddress) &&
        (query.validAtMs === undefined || !isExpired(lease, query.validAtMs)),
    ),
  );
}

/** Has the lease run out? @param nowMs Unix milliseconds */
export function isExpired(lease: Lease, nowMs: number): boolean {
  return lease.expiresAtMs <= nowMs;
}

/** The latest expiry first; equal ones stay in the order of the file, which is the latest given first. */
export function sortByExpiry(leases: readonly Lease[]): Lease[] {
  // Not by subtraction: the difference of two infinities is no number.
  return leases.toSorted((a, b) =>
    a.expiresAtMs === b.expiresAtMs ? 0 : a.expiresAtMs < b.expiresAtMs ? 1 : -1,
  );
}
