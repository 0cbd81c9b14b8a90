import {
  isMachineError,
  MachineError,
  MACOS_PATHS,
  parseMacAddress,
  systemClock,
  withDeadline,
  type Clock,
  type MacAddress,
  type WaitOptions,
} from "@vfkit-machine/host";
import { LEASE_TIMEOUT_MS, RETRY_INTERVAL_MS } from "./defaults.js";
import { describeLeases, type LeaseDiagnosis } from "./describe-leases.js";
import { findLeases, isExpired, sortByExpiry } from "./find-leases.js";
import { LeaseProbes, type AcceptLease } from "./probe-leases.js";
import { readBootptab, readLeases } from "./read-leases.js";
import { scanFile } from "./scan-file.js";
import type { Lease } from "./types.js";
import { watchChanges, type WatchLeasesOptions } from "./watch-leases.js";

/** What {@link waitForLease} takes. */
export interface WaitForLeaseOptions extends WatchLeasesOptions, WaitOptions {
  /** Any spelling. */
  readonly macAddress: string;
  /** Default 120,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Decides about each candidate. Default: the first one is taken. */
  readonly accept?: AcceptLease | undefined;
  /** Pause before a candidate that was not accepted is tried again; default 1000 ms. */
  readonly retryIntervalMs?: number | undefined;
  /** Static bindings, which never appear among the leases; default `/etc/bootptab`. Read once, at the start. */
  readonly bootptabPath?: string | undefined;
}

/**
 * Waits until a MAC address has a lease that has not expired, or a static binding. A lease proves
 * little: it may be a day old and the guest off. With `accept` every candidate is tried, side by side
 * and again and again, and the first that is accepted wins; without it the one that expires last is
 * taken.
 *
 * @throws MachineError `ERR_LEASE_TIMEOUT` with what was seen instead (see {@link describeLeases}),
 *   `ERR_ABORTED`, `ERR_INVALID_MAC_ADDRESS`, `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`, or
 *   what `accept` throws
 */
export async function waitForLease(options: WaitForLeaseOptions): Promise<Lease> {
  const { signal, clock = systemClock, timeoutMs = LEASE_TIMEOUT_MS } = options;
  const path = options.path ?? MACOS_PATHS.dhcpdLeases;
  const mac = parseMacAddress(options.macAddress);
  const what = `waiting for a DHCP lease of ${mac} in ${path}`;
  let candidates: readonly Lease[] = [];
  let deadline: AbortSignal | undefined;
  try {
    return await withDeadline(what, { signal, timeoutMs, clock }, async (signal) => {
      deadline = signal;
      return await takeLease(mac, path, { ...options, clock, signal }, (found) => {
        candidates = found;
      });
    });
  } catch (error) {
    // Only our own deadline: `accept` may time out as well.
    if (!isMachineError(error, "ERR_TIMEOUT") || deadline?.reason !== error) throw error;
    const { leases, isPresent } = await readLeases({ path, maxBytes: options.maxBytes });
    const diagnosis = describeLeases(isPresent ? leases : undefined, mac, clock.now());
    throw leaseTimeoutError(error, candidates, diagnosis);
  }
}

async function takeLease(
  mac: MacAddress,
  path: string,
  options: WaitForLeaseOptions & { readonly clock: Clock },
  onCandidates: (candidates: readonly Lease[]) => void,
): Promise<Lease> {
  const { accept, clock, retryIntervalMs = RETRY_INTERVAL_MS } = options;
  const bootptab = await readBootptab({ path: options.bootptabPath, maxBytes: options.maxBytes });
  const bindings = findLeases(bootptab.leases, { macAddress: mac });
  const probes =
    accept === undefined ? undefined : new LeaseProbes({ accept, clock, retryIntervalMs });
  const follow = async (): Promise<Lease> => {
    for await (const _ of watchChanges(path, options)) {
      const leases = (await scanFile(path, mac, options.maxBytes)) ?? [];
      const now = clock.now();
      const candidates = [
        ...bindings,
        ...sortByExpiry(leases).filter((lease) => !isExpired(lease, now)),
      ];
      onCandidates(candidates);
      const [best] = candidates;
      if (probes !== undefined) probes.update(candidates);
      else if (best !== undefined) return best;
    }
    throw new Error("the watch ended without a reason");
  };
  try {
    return await (probes === undefined ? follow() : Promise.race([probes.accepted, follow()]));
  } finally {
    probes?.close();
  }
}

function leaseTimeoutError(
  timeout: MachineError,
  candidates: readonly Lease[],
  { message, hint }: LeaseDiagnosis,
): MachineError {
  const code = "ERR_LEASE_TIMEOUT";
  if (candidates.length === 0) {
    return new MachineError(`${timeout.message}: ${message}`, { code, hint, cause: timeout });
  }
  const addresses = candidates.map(({ ipAddress }) => ipAddress).join(", ");
  return new MachineError(`${timeout.message}: no guest answered at ${addresses}`, {
    code,
    hint: "The lease may be left from an earlier run: check that the guest has booted and got its address.",
    cause: timeout,
  });
}
