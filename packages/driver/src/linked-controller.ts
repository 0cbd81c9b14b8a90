/** A controller that aborts with another signal as well, until it is disposed. */
export interface LinkedController extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * As `AbortSignal.any([signal, own])`, which holds on to its parts for as long as a long-lived
 * `signal` lives: this one lets go.
 */
export function linkedController(signal: AbortSignal | undefined): LinkedController {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => signal?.removeEventListener("abort", onAbort),
  };
}
