import { armDeadline, type DeadlineOptions } from "@vfkit-machine/host/deadline";

/**
 * Ends the exchange of one call early. What an AbortSignal would do here costs as much as the whole
 * exchange.
 */
export class Cancellation {
  #reason: Error | undefined;
  #onCancel: (() => void) | undefined;

  cancel(reason: Error): void {
    this.#reason = reason;
    this.#onCancel?.();
  }

  /** What `work` resolves to; `onCancel` makes it fail. Throws at once when it is too late. */
  async guard<T>(onCancel: () => void, work: () => Promise<T>): Promise<T> {
    if (this.#reason !== undefined) throw this.#reason;
    this.#onCancel = onCancel;
    try {
      return await work();
    } finally {
      this.#onCancel = undefined;
    }
  }
}

/** Runs `work` up to a deadline or the caller's abort, and settles then whatever `work` does. */
export async function runBounded<T>(
  what: string,
  options: DeadlineOptions,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  const cancellation = new Cancellation();
  let disarm: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      disarm = armDeadline(what, options, (reason) => {
        reject(reason);
        cancellation.cancel(reason);
      });
      work(cancellation).then(resolve, reject);
    });
  } finally {
    disarm?.();
  }
}
