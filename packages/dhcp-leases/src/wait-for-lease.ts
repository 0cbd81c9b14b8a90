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
import { describeLeases } from "./describe-leases.js";
import { findLeases, isExpired, sortByExpiry } from "./find-leases.js";
import { parseLeases } from "./parse-leases.js";
import { LeaseProbes, type AcceptLease } from "./probe-leases.js";
import { readBootptab } from "./read-leases.js";
import { scanMacAddress } from "./scan-mac-address.js";
import type { Lease } from "./types.js";
import { watchContent, type WatchLeasesOptions } from "./watch-leases.js";

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

/** What a wait has seen so far: for the error at its end. */
interface Seen {
  content: Buffer | undefined;
  candidates: readonly Lease[];
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
  const seen: Seen = { content: undefined, candidates: [] };
  let deadline: AbortSignal | undefined;
  try {
    return await withDeadline(what, { signal, timeoutMs, clock }, async (signal) => {
      deadline = signal;
      return await takeLease(mac, path, { ...options, clock, signal }, seen);
    });
  } catch (error) {
    // Only our own deadline: `accept` may time out as well.
    if (!isMachineError(error, "ERR_TIMEOUT") || deadline?.reason !== error) throw error;
    throw leaseTimeoutError(error, mac, seen, clock.now());
  }
}

async function takeLease(
  mac: MacAddress,
  path: string,
  options: WaitForLeaseOptions & { readonly clock: Clock },
  seen: Seen,
): Promise<Lease> {
  const { accept, clock, retryIntervalMs = RETRY_INTERVAL_MS } = options;
  const bootptab = await readBootptab({ path: options.bootptabPath, maxBytes: options.maxBytes });
  const bindings = findLeases(bootptab.leases, { macAddress: mac });
  const probes =
    accept === undefined ? undefined : new LeaseProbes({ accept, clock, retryIntervalMs });
  const follow = async (): Promise<Lease> => {
    for await (const content of watchContent(path, options)) {
      const leases = content === undefined ? [] : sortByExpiry(scanMacAddress(content, mac));
      const now = clock.now();
      seen.content = content;
      seen.candidates = [...bindings, ...leases.filter((lease) => !isExpired(lease, now))];
      const [best] = seen.candidates;
      if (probes !== undefined) probes.update(seen.candidates);
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
  mac: MacAddress,
  { content, candidates }: Seen,
  nowMs: number,
): MachineError {
  const code = "ERR_LEASE_TIMEOUT";
  if (candidates.length > 0) {
    const addresses = candidates.map(({ ipAddress }) => ipAddress).join(", ");
    return new MachineError(`${timeout.message}: no guest answered at ${addresses}`, {
      code,
      hint: "The lease may be left from an earlier run: check that the guest has booted and got its address.",
      cause: timeout,
    });
  }
  const leases = content === undefined ? undefined : parseLeases(content).leases;
  const { message, hint } = describeLeases(leases, mac, nowMs);
  return new MachineError(`${timeout.message}: ${message}`, { code, hint, cause: timeout });
}
