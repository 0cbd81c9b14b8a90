import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance, suggest } from "./suggest.js";

describe("suggest", () => {
  it.each([
    ["strat", "start"],
    ["lst", "list"],
    ["creat", "create"],
    ["REMOVE", undefined],
    ["x", undefined],
    ["frobnicate", undefined],
  ])("%s: %s", (typed, meant) => {
    expect(suggest(typed, ["start", "stop", "list", "create", "rm"])).toBe(meant);
  });
});

describe("distance", () => {
  it("is a metric between words, as far as the tests can tell", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
