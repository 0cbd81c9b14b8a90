import { abortedError } from "./errors.js";
import type { Clock } from "./clock.js";

/** A clock that stands still until it is told to move. For tests. */
export interface ManualClock extends Clock {
  /** Moves time forward and fires, in order, what comes due; lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** How many timers are waiting: 0 shows that nothing was left behind. */
  pending(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** @param startMs what `now()` says at first, Unix milliseconds (default 0) */
export function createManualClock(startMs = 0): ManualClock {
  let elapsedMs = 0;
  const timers = new Set<Timer>();
  const schedule = (ms: number, callback: () => void): (() => void) => {
    const timer = { dueMs: elapsedMs + ms, callback };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const nextDue = (untilMs: number): Timer | undefined =>
    [...timers].filter((timer) => timer.dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    schedule,
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const what = `sleeping for ${ms} ms`;
        if (signal?.aborted === true) {
          reject(abortedError(what, signal));
          return;
        }
        const onAbort = (): void => {
          cancel();
          reject(abortedError(what, signal));
        };
        const cancel = schedule(ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
    advance: async (ms) => {
      const untilMs = elapsedMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        elapsedMs = timer.dueMs;
        timer.callback();
        await settle();
      }
      elapsedMs = untilMs;
    },
    pending: () => timers.size,
  };
}

async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

export { firstExample, runReadmeExample } from "./readme-example.js";
