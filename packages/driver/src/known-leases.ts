import type { Lease } from "@vfkit-machine/dhcp-leases";

/** By address: when the lease expires that was there before the start, Unix milliseconds. */
export type KnownLeases = ReadonlyMap<string, number>;

/** @param leases of one MAC address; one address may stand in several */
export function knownLeases(leases: readonly Lease[]): KnownLeases {
  const known = new Map<string, number>();
  for (const { ipAddress, expiresAtMs } of leases) {
    known.set(ipAddress, Math.max(expiresAtMs, known.get(ipAddress) ?? 0));
  }
  return known;
}

/** Was it given or renewed since? An old one may be of a run that is long over. */
export function isNewLease({ ipAddress, expiresAtMs }: Lease, known: KnownLeases): boolean {
  const before = known.get(ipAddress);
  return before === undefined || expiresAtMs > before;
}
