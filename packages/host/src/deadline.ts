import { systemClock, type Clock } from "./clock.js";
import { abortedError, timeoutError, type MachineError } from "./errors.js";

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
 * Arms a deadline: `end` is called once, with the error, when the time is up or the caller's signal
 * aborts. The lighter half of {@link withDeadline}, for work that is cancelled otherwise than by a
 * signal and is done thousands of times a second.
 *
 * @param what names the wait in the error, as in "waiting for a lease of 5a:94:ef:e4:0c:ee"
 * @returns what disarms it; until then it keeps a timer and a listener
 * @throws MachineError `ERR_ABORTED` when the signal has aborted already
 */
export function armDeadline(
  what: string,
  { signal, timeoutMs, clock = systemClock, hint }: DeadlineOptions,
  end: (error: MachineError) => void,
): () => void {
  if (signal?.aborted === true) throw abortedError(what, signal);
  const onAbort = (): void => {
    cancelTimer();
    end(abortedError(what, signal));
  };
  const cancelTimer = clock.schedule(timeoutMs, () => {
    signal?.removeEventListener("abort", onAbort);
    end(timeoutError(what, timeoutMs, hint));
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  return () => {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  };
}

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
  const controller = new AbortController();
  let fail!: (error: MachineError) => void;
  const ended = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const disarm = armDeadline(what, options, (error) => {
    fail(error);
    controller.abort(error);
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    disarm();
    // Whatever `work` left running under this signal ends with it.
    if (!controller.signal.aborted) controller.abort(OVER);
  }
}
