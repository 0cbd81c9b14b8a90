import { setTimeout as delay } from "node:timers/promises";
import { abortedError } from "./errors.js";

/** The longest that a Node.js timer waits, 24.8 days; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Time, injected so that tests need not wait for it. */
export interface Clock {
  /** Wall-clock time, milliseconds since the Unix epoch. May jump. */
  now(): number;
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  monotonicMs(): number;
  /** Rejects with `ERR_ABORTED` as soon as `signal` aborts. At most 24.8 days, also for `Infinity`. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Calls `callback` once after `ms`, at most 24.8 days; returns what cancels it. */
  schedule(ms: number, callback: () => void): () => void;
}

/** The real time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, { signal } = {}) => {
    try {
      await delay(
        Math.min(ms, LONGEST_TIMER_MS),
        undefined,
        signal === undefined ? {} : { signal },
      );
    } catch (error) {
      if (signal?.aborted === true) throw abortedError(`sleeping for ${ms} ms`, signal);
      throw error;
    }
  },
  schedule: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
