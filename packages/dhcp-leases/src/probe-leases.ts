import type { Clock } from "@vfkit-machine/host";
import { MAX_PROBES } from "./defaults.js";
import type { Lease } from "./types.js";

/**
 * Does the guest answer at this address? Called again after a pause when it says no. What it throws
 * ends the wait.
 *
 * @param options.signal aborts when the answer is no longer wanted
 */
export type AcceptLease = (
  lease: Lease,
  options: { readonly signal: AbortSignal },
) => boolean | Promise<boolean>;

/** What {@link LeaseProbes} needs. */
export interface LeaseProbesOptions {
  readonly accept: AcceptLease;
  readonly clock: Clock;
  readonly retryIntervalMs: number;
}

/**
 * Tries the candidates side by side, so that a stale address which takes a minute to fail holds
 * nobody up. The first that is accepted wins.
 */
export class LeaseProbes {
  /** The lease that was accepted; rejects with what `accept` threw. */
  readonly accepted: Promise<Lease>;
  readonly #options: LeaseProbesOptions;
  /** By address, with the lease as it was last seen. */
  readonly #running = new Map<string, { lease: Lease; readonly controller: AbortController }>();
  #settle: { resolve: (lease: Lease) => void; reject: (error: unknown) => void };

  constructor(options: LeaseProbesOptions) {
    this.#options = options;
    this.#settle = { resolve: () => undefined, reject: () => undefined };
    this.accepted = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** Begins with the new ones and drops those that are gone. @param candidates the best first */
  update(candidates: readonly Lease[]): void {
    const wanted = new Map<string, Lease>();
    for (const lease of candidates) {
      if (wanted.size < MAX_PROBES && !wanted.has(lease.ipAddress))
        wanted.set(lease.ipAddress, lease);
    }
    for (const [ipAddress, { controller }] of this.#running) {
      if (wanted.has(ipAddress)) continue;
      this.#running.delete(ipAddress);
      controller.abort();
    }
    for (const [ipAddress, lease] of wanted) {
      const probe = this.#running.get(ipAddress);
      if (probe === undefined) this.#begin(lease);
      else probe.lease = lease;
    }
  }

  /** Ends all that is running. */
  close(): void {
    this.update([]);
  }

  #begin(lease: Lease): void {
    const probe = { lease, controller: new AbortController() };
    this.#running.set(lease.ipAddress, probe);
    void this.#probe(probe, probe.controller.signal);
  }

  async #probe(probe: { readonly lease: Lease }, signal: AbortSignal): Promise<void> {
    const { accept, clock, retryIntervalMs } = this.#options;
    try {
      while (!signal.aborted) {
        const isAccepted = await accept(probe.lease, { signal });
        // An answer that comes late is about an address that was taken back.
        if (signal.aborted) return;
        if (isAccepted) {
          this.#settle.resolve(probe.lease);
          return;
        }
        await clock.sleep(retryIntervalMs, { signal });
      }
    } catch (error) {
      if (!signal.aborted) this.#settle.reject(error);
    }
  }
}
