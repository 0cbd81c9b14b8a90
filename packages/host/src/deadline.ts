import { systemClock, type Clock } from "./clock.js";
import { abortedError, timeoutError } from "./errors.js";

/** What everything that waits, spawns or connects takes. */
export interface WaitOptions {
  /** Ends the wait early with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the wait ends with `ERR_TIMEOUT`; `Infinity` leaves the end to `signal`, 0 ends
   * it at once. Each function documents its default.
   */
  readonly timeoutMs?: number | undefined;
}

export interface DeadlineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly clock?: Clock | undefined;
  /** Hint of the `ERR_TIMEOUT`. */
  readonly hint?: string | undefined;
}

/** Made once: an error, with its stack, costs more than all the rest of a short wait. */
const OVER: Error = abortedError("what this belonged to is over");

/**
 * Runs `work` with a signal that aborts at the deadline or with the caller's signal, and settles
 * then even when `work` pays no attention to it.
 *
 * @param what names the wait in the error, as in "waiting for a lease of 5a:94:ef:e4:0c:ee"
 * @throws MachineError `ERR_TIMEOUT`, `ERR_ABORTED`, or what `work` throws
 */
export async function withDeadline<T>(
  what: string,
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs, clock = systemClock, hint } = options;
  if (signal?.aborted === true) throw abortedError(what, signal);
  const controller = new AbortController();
  let onAbort: (() => void) | undefined;
  let cancelTimer: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (error: Error): void => {
      reject(error);
      controller.abort(error);
    };
    onAbort = () => end(abortedError(what, signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    cancelTimer = clock.schedule(timeoutMs, () => end(timeoutError(what, timeoutMs, hint)));
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    cancelTimer?.();
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    // Whatever `work` left running under this signal ends with it.
    if (!controller.signal.aborted) controller.abort(OVER);
  }
}
