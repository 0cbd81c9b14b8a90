import { systemClock, type Clock } from "@vfkit-machine/host";
import type { DriverEvent } from "../src/index.js";
import type { EventType } from "./event-lists.js";
import { fastClock, type World } from "./world.js";

/** A context whose signal aborts at the first event of this type. */
export function abortingAt(
  world: World,
  type: EventType,
  env: Readonly<Record<string, string>> = {},
  factor = 1,
) {
  const controller = new AbortController();
  let abortedAt = 0;
  // A vfkit that takes its 5 s is the business of one test: the others shall not wait for it.
  const quick = { FAKE_VFKIT_TERM_MS: "10" };
  const context = world.with({ ...quick, ...env }, { clock: fastClock(factor) });
  return {
    context: {
      ...context,
      signal: controller.signal,
      onEvent: (event: DriverEvent): void => {
        context.onEvent(event);
        if (event.type !== type || controller.signal.aborted) return;
        abortedAt = performance.now();
        controller.abort(new Error("Ctrl-C"));
      },
    },
    undoneInMs: () => performance.now() - abortedAt,
  };
}

/** The system's clock, and how many wait for it. */
export function countedClock(): { readonly clock: Clock; readonly waits: () => number } {
  const waiting = new Set<symbol>();
  const begin = (): (() => void) => {
    const wait = Symbol("wait");
    waiting.add(wait);
    return () => waiting.delete(wait);
  };
  const clock: Clock = {
    ...systemClock,
    sleep: async (...args) => {
      const end = begin();
      await systemClock.sleep(...args).finally(end);
    },
    schedule: (ms, callback) => {
      const end = begin();
      const cancel = systemClock.schedule(ms, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
  return { clock, waits: () => waiting.size };
}
