import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemClock } from "../src/index.js";
import { createManualClock } from "../src/testing.js";
import { codeOf } from "./codes.js";

describe.each([
  ["systemClock", systemClock],
  ["createManualClock", createManualClock()],
])("%s", (_, clock) => {
  it("ends a sleep with ERR_ABORTED as soon as its signal aborts, and stops listening", async () => {
    const controller = new AbortController();
    const sleeping = codeOf(clock.sleep(60_000, { signal: controller.signal }));
    controller.abort(new Error("enough"));
    expect(await sleeping).toBe("ERR_ABORTED");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    expect(await codeOf(clock.sleep(60_000, { signal: controller.signal }))).toBe("ERR_ABORTED");
  });
});

describe("systemClock", () => {
  it("sleeps, and forgets what is cancelled", async () => {
    let fired = false;
    const cancel = systemClock.schedule(1, () => {
      fired = true;
    });
    cancel();
    const before = systemClock.monotonicMs();
    await systemClock.sleep(20);
    // A Node.js timer may fire up to a millisecond early.
    expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
    expect(fired).toBe(false);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  it("does not fire at once what is due later than a Node.js timer can be", async () => {
    let fired = false;
    const cancels = [2 ** 31, Number.POSITIVE_INFINITY].map((ms) =>
      systemClock.schedule(ms, () => {
        fired = true;
      }),
    );
    await systemClock.sleep(20);
    for (const cancel of cancels) cancel();
    expect(fired).toBe(false);
    const signal = AbortSignal.timeout(20);
    expect(await codeOf(systemClock.sleep(Number.POSITIVE_INFINITY, { signal }))).toBe(
      "ERR_ABORTED",
    );
  });
});

describe("createManualClock", () => {
  it("fires in the order in which timers come due, and those that they set", async () => {
    const clock = createManualClock(1_000_000);
    const fired: string[] = [];
    clock.schedule(20, () => fired.push(`b at ${clock.monotonicMs()}`));
    clock.schedule(10, () => {
      fired.push(`a at ${clock.monotonicMs()}`);
      clock.schedule(5, () => fired.push(`a2 at ${clock.monotonicMs()}`));
    });
    clock.schedule(20, () => fired.push(`c at ${clock.monotonicMs()}`));
    clock.schedule(31, () => fired.push("too late"));
    await clock.advance(30);
    expect(fired).toEqual(["a at 10", "a2 at 15", "b at 20", "c at 20"]);
    expect(clock.now()).toBe(1_000_030);
    expect(clock.pending()).toBe(1);
  });

  it("wakes a sleeper, stops listening, and lets it go on before the next timer", async () => {
    const clock = createManualClock();
    const controller = new AbortController();
    const seen: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10, { signal: controller.signal });
        seen.push(clock.monotonicMs());
      }
    })();
    await clock.advance(100);
    await loop;
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.pending()).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});
