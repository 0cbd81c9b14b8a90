import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMachineName, parseMachineName, quoted } from "./names.js";

describe("machine names", () => {
  it.each(["c1", "A", "9", "a.b_c-d", "x".repeat(63)])("%j is one", (name) => {
    expect(parseMachineName(name)).toBe(name);
  });

  it.each(["", ".", "..", ".c1", "-c1", "_c1", "a b", "a/b", "ü", "a\0", "a\n", "x".repeat(64), 7])(
    "%j is none",
    (name) => {
      expect(() => parseMachineName(name)).toThrow(quoted(name));
    },
  );

  it("is always a single, harmless part of a path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(isMachineName(text) && /[/\0]|^[.-]/.test(text)).toBe(false);
      }),
    );
  });
});

describe("quoted", () => {
  it("never fills more than a line", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const text = quoted(typeof value === "bigint" ? String(value) : value);
        expect(text.length).toBeLessThanOrEqual(100);
        expect(text).not.toContain("\n");
      }),
    );
  });
});
