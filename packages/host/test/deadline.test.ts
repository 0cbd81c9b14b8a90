import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { armDeadline, isMachineError, systemClock, withDeadline } from "../src/index.js";
import { createManualClock } from "../src/testing.js";
import { codeOf } from "./codes.js";

const never = (): Promise<never> => new Promise(() => undefined);

const soon = (): Promise<string> =>
  new Promise((resolve) => {
    setImmediate(resolve, "done");
  });

/** What a test looks at afterwards: nothing may be left waiting or listening. */
function setUp() {
  const clock = createManualClock();
  const caller = new AbortController();
  const leftBehind = () => ({
    timers: clock.pending(),
    listeners: getEventListeners(caller.signal, "abort").length,
  });
  return { clock, caller, leftBehind };
}

const NOTHING = { timers: 0, listeners: 0 };

describe("withDeadline", () => {
  it("hands the result on and leaves no timer and no listener", async () => {
    const { clock, caller, leftBehind } = setUp();
    const options = { clock, signal: caller.signal, timeoutMs: 1000 };
    const work = async (): Promise<string> => {
      expect(leftBehind()).toEqual({ timers: 1, listeners: 1 });
      return "done";
    };
    expect(await withDeadline("working", options, work)).toBe("done");
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("hands a failure on, also one thrown before the first await", async () => {
    const { clock, caller, leftBehind } = setUp();
    const options = { clock, signal: caller.signal, timeoutMs: 1000 };
    const failing = [
      () => Promise.reject(new RangeError("later")),
      (): Promise<never> => {
        throw new RangeError("at once");
      },
    ];
    for (const work of failing) {
      await expect(withDeadline("working", options, work)).rejects.toThrow(RangeError);
      expect(leftBehind()).toEqual(NOTHING);
    }
  });

  it("ends at the deadline and not before, though the work pays no attention", async () => {
    const { clock, caller, leftBehind } = setUp();
    const options = { clock, signal: caller.signal, timeoutMs: 1000, hint: "wait longer" };
    let ended: unknown;
    const waiting = withDeadline("working", options, never).catch((error: unknown) => {
      ended = error;
    });
    await clock.advance(999);
    expect(ended).toBeUndefined();
    await clock.advance(1);
    await waiting;
    expect(ended).toMatchObject({
      code: "ERR_TIMEOUT",
      message: "working: gave up after 1 s",
      hint: "wait longer",
    });
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("ends when the caller aborts, with the caller's reason", async () => {
    const { clock, caller, leftBehind } = setUp();
    const options = { clock, signal: caller.signal, timeoutMs: 1000 };
    const waiting = withDeadline("working", options, never);
    const reason = new Error("the user left");
    caller.abort(reason);
    await expect(waiting).rejects.toMatchObject({ code: "ERR_ABORTED", cause: reason });
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("does not begin when the caller has aborted already", async () => {
    const { clock, leftBehind } = setUp();
    let begun = false;
    const options = { clock, signal: AbortSignal.abort(), timeoutMs: 1000 };
    const work = async (): Promise<void> => {
      begun = true;
    };
    expect(await codeOf(withDeadline("working", options, work))).toBe("ERR_ABORTED");
    expect(begun).toBe(false);
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("tells the work by its signal, whatever ended it", async () => {
    const { clock, caller } = setUp();
    const options = { clock, signal: caller.signal, timeoutMs: 1000 };
    const signals: AbortSignal[] = [];
    const remember = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return never();
    };
    const late = codeOf(withDeadline("working", options, remember));
    await clock.advance(1000);
    expect(await late).toBe("ERR_TIMEOUT");
    expect(isMachineError(signals[0]?.reason, "ERR_TIMEOUT")).toBe(true);

    await withDeadline("working", options, async (signal) => signals.push(signal));
    expect(signals[1]?.aborted).toBe(true);
  });

  it("waits for ever when the deadline is Infinity", async () => {
    const options = { clock: systemClock, timeoutMs: Number.POSITIVE_INFINITY };
    expect(await withDeadline("working", options, soon)).toBe("done");
  });
});

describe("armDeadline", () => {
  it("ends once, at the deadline, and leaves no timer and no listener", async () => {
    const { clock, caller, leftBehind } = setUp();
    const ends: unknown[] = [];
    armDeadline("waiting", { clock, signal: caller.signal, timeoutMs: 1000 }, (error) =>
      ends.push(error),
    );
    await clock.advance(1000);
    caller.abort();
    expect(ends).toMatchObject([{ code: "ERR_TIMEOUT", message: "waiting: gave up after 1 s" }]);
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("ends once, when the caller aborts", async () => {
    const { clock, caller, leftBehind } = setUp();
    const ends: unknown[] = [];
    armDeadline("waiting", { clock, signal: caller.signal, timeoutMs: 1000 }, (error) =>
      ends.push(error),
    );
    caller.abort("enough");
    await clock.advance(1000);
    expect(ends).toMatchObject([{ code: "ERR_ABORTED", cause: "enough" }]);
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("does not end any more once it is disarmed", async () => {
    const { clock, caller, leftBehind } = setUp();
    const ends: unknown[] = [];
    const disarm = armDeadline("waiting", { clock, signal: caller.signal, timeoutMs: 1 }, (error) =>
      ends.push(error),
    );
    disarm();
    disarm();
    caller.abort();
    await clock.advance(1);
    expect(ends).toEqual([]);
    expect(leftBehind()).toEqual(NOTHING);
  });

  it("refuses a signal that has aborted already", () => {
    const options = { signal: AbortSignal.abort(), timeoutMs: 1 };
    expect(() => armDeadline("waiting", options, () => undefined)).toThrow("waiting: aborted");
  });
});
