import { parseMacAddress, stripControlCharacters, type MacAddress } from "@vfkit-machine/host";
import { POOL_ADDRESSES, POOL_NEARLY_FULL } from "./defaults.js";
import { isDuidLease, macAddressInDuid } from "./duid.js";
import { isExpired, sortByExpiry } from "./find-leases.js";
import type { Lease } from "./types.js";

/**
 * - `found`: it has a lease that is still valid
 * - `no-file`: bootpd has never given a lease
 * - `pool-full`: a network has (nearly) no address left
 * - `duid`: the guest probably has a lease, but under a DUID instead of its MAC address
 * - `expired`: it has only leases that ran out
 * - `not-found`: nothing of the kind
 */
export type LeaseFinding = "found" | "no-file" | "pool-full" | "duid" | "expired" | "not-found";

/** Why a MAC address has a lease, or none. */
export interface LeaseDiagnosis {
  readonly finding: LeaseFinding;
  /** One sentence without a full stop: what was seen. */
  readonly message: string;
  /** What to do next; undefined for `found`. */
  readonly hint: string | undefined;
  /** What the finding is about, the latest expiry first: valid, expired or DUID leases. */
  readonly candidates: readonly Lease[];
  readonly counts: {
    readonly total: number;
    readonly unexpired: number;
    /** Of this MAC address, expired ones included. */
    readonly ofMacAddress: number;
    /** Unexpired ones under a DUID. */
    readonly duid: number;
    /** Unexpired addresses of the fullest /24 network. */
    readonly largestPool: number;
  };
}

const BLOCKED =
  "Check that bootpd is neither blocked by the application firewall nor disabled, and that the guest asks for an address by DHCP.";

/**
 * Says why a MAC address has a lease or none: pure, from what was read.
 *
 * @param leases `undefined` for an absent file
 * @param macAddress any spelling
 * @param nowMs Unix milliseconds
 * @throws MachineError `ERR_INVALID_MAC_ADDRESS`
 */
export function describeLeases(
  leases: readonly Lease[] | undefined,
  macAddress: string,
  nowMs: number,
): LeaseDiagnosis {
  const mac = parseMacAddress(macAddress);
  const all = sortByExpiry(leases ?? []);
  const valid = all.filter((lease) => !isExpired(lease, nowMs));
  const ours = all.filter((lease) => lease.macAddress === mac);
  const duids = ownDuidsFirst(valid.filter(isDuidLease), mac);
  const pool = fullestPool(valid);
  const counts = {
    total: all.length,
    unexpired: valid.length,
    ofMacAddress: ours.length,
    duid: duids.length,
    largestPool: pool.addresses,
  };
  const diagnosis = (
    finding: LeaseFinding,
    message: string,
    hint?: string,
    candidates: readonly Lease[] = [],
  ): LeaseDiagnosis => ({ finding, message, hint, candidates, counts });

  const oursValid = ours.filter((lease) => !isExpired(lease, nowMs));
  if (oursValid.length > 0) {
    return diagnosis("found", `${mac} has ${listAddresses(oursValid)}`, undefined, oursValid);
  }
  if (leases === undefined) {
    const message = "the leases file does not exist: bootpd has given no lease yet";
    return diagnosis("no-file", message, BLOCKED);
  }
  const none = `none of ${plural(all.length, "lease")} is of ${mac}`;
  if (duids[0] !== undefined && macAddressInDuid(duids[0]) === mac) {
    return duidDiagnosis(
      `${none}, but a DUID with this MAC address has ${listAddresses([duids[0]])}`,
    );
  }
  if (pool.addresses >= POOL_NEARLY_FULL) {
    return diagnosis(
      "pool-full",
      `${none}, and ${pool.addresses} of about ${POOL_ADDRESSES} addresses of ${pool.network} are taken`,
      "Leases last a day: wait, or stop the virtual machines and remove the leases file so that bootpd begins anew.",
    );
  }
  if (duids.length > 0) {
    return duidDiagnosis(
      `${none}, but ${plural(duids.length, "guest")} with a DUID instead of a MAC address: ${listAddresses(duids)}`,
    );
  }
  if (ours.length > 0) {
    const message = `all leases of ${mac} have expired: ${listAddresses(ours)}`;
    return diagnosis("expired", message, BLOCKED, ours);
  }
  return diagnosis("not-found", none, BLOCKED);

  function duidDiagnosis(message: string): LeaseDiagnosis {
    const hint =
      "Probably that guest: let it send its MAC address as client identifier (systemd-networkd: ClientIdentifier=mac; netplan: dhcp-identifier: mac).";
    return diagnosis("duid", message, hint, duids);
  }
}

function ownDuidsFirst(duids: readonly Lease[], mac: MacAddress): Lease[] {
  const isOwn = (lease: Lease): boolean => macAddressInDuid(lease) === mac;
  return [...duids.filter(isOwn), ...duids.filter((lease) => !isOwn(lease))];
}

/** The /24 network with the most addresses in use; vmnet's networks are of that size. */
function fullestPool(valid: readonly Lease[]): { network: string; addresses: number } {
  const networks = new Map<string, Set<string>>();
  for (const { ipAddress } of valid) {
    const network = `${ipAddress.slice(0, ipAddress.lastIndexOf("."))}.0/24`;
    const addresses = networks.get(network) ?? new Set();
    networks.set(network, addresses.add(ipAddress));
  }
  let fullest = { network: "", addresses: 0 };
  for (const [network, { size }] of networks) {
    if (size > fullest.addresses) fullest = { network, addresses: size };
  }
  return fullest;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** As in "192.168.64.3 (c1), 192.168.64.4 and 2 more". */
function listAddresses(leases: readonly Lease[]): string {
  const shown = leases.slice(0, 3).map(({ ipAddress, name }) => {
    const safe = name === undefined ? "" : stripControlCharacters(name).slice(0, 64);
    return safe === "" ? ipAddress : `${ipAddress} (${safe})`;
  });
  const more = leases.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}
