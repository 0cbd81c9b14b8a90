import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlapDelayMs, retryDelayMs, type SshFailureReason } from "../src/index.js";

const CHEAP: readonly SshFailureReason[] = ["refused", "unreachable", "unresolved", "no-answer"];
const ACCEPTED: readonly SshFailureReason[] = ["closed", "silent", "not-ssh", "handshake-failed"];
const delay = (reason: SshFailureReason, elapsedMs: number, authFailures = 0): number =>
  retryDelayMs({ reason, elapsedMs, authFailures });

describe("retryDelayMs", () => {
  it.each(CHEAP)("is quick at first and never slower than a second: %s", (reason) => {
    expect([0, 2500, 10_000, 100_000, 3_600_000].map((ms) => delay(reason, ms))).toEqual([
      10, 12.5, 50, 500, 1000,
    ]);
  });

  it.each(ACCEPTED)("is slower where a server did some work: %s", (reason) => {
    expect([0, 5000, 10_000, 50_000, 3_600_000].map((ms) => delay(reason, ms))).toEqual([
      100, 100, 200, 1000, 1000,
    ]);
  });

  it("doubles with each refused key up to five seconds, however long it all takes", () => {
    const delays = Array.from({ length: 7 }, (_, i) => delay("auth-failed", 60_000, i + 1));
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    expect(delay("auth-failed", 0, 5000)).toBe(5000);
  });

  it("adds about half a percent to the wait for a port, and tries it a thousand times in 5 min", () => {
    let attempts = 0;
    for (let elapsedMs = 0; elapsedMs < 300_000; elapsedMs += delay("refused", elapsedMs)) {
      expect(delay("refused", elapsedMs)).toBeLessThanOrEqual(Math.max(10, elapsedMs / 199));
      attempts++;
    }
    expect(attempts).toBeGreaterThan(600);
    expect(attempts).toBeLessThan(1500);
  });

  it("is positive and bounded for every state", () => {
    const reasons = fc.constantFrom<SshFailureReason>(...CHEAP, ...ACCEPTED, "auth-failed");
    fc.assert(
      fc.property(reasons, fc.double({ min: 0, noNaN: true }), fc.nat(), (reason, ms, failures) => {
        expect(delay(reason, ms, failures)).toBeGreaterThanOrEqual(10);
        expect(delay(reason, ms, failures)).toBeLessThanOrEqual(5000);
      }),
    );
  });
});

describe("overlapDelayMs", () => {
  it("is short while packets may be lost, and long once a server has accepted", () => {
    const lost = [0, 10_000, 50_000, 300_000].map((elapsedMs) =>
      overlapDelayMs({ elapsedMs, connected: false }),
    );
    expect(lost).toEqual([25, 100, 500, 1000]);
    const accepted = [0, 300_000].map((elapsedMs) =>
      overlapDelayMs({ elapsedMs, connected: true }),
    );
    expect(accepted).toEqual([2500, 2500]);
  });
});
