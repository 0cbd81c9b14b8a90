import fc from "fast-check";
import { expect, it } from "vitest";
import { formatLockName, parseLockName } from "./lock-name.js";

const TOKEN = "0123456789abcdef01234567";

it("comes back as it was, and is a single part of a path, never hidden", () => {
  const holders = fc.record({
    pid: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    startTime: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme-ascii" }),
    operation: fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" }),
    since: fc.integer({ min: 0, max: 2 ** 45 }),
  });
  fc.assert(
    fc.property(holders, (holder) => {
      const name = formatLockName(TOKEN, holder);
      expect(name).toMatch(/^[0-9a-f][^/\0]{1,254}$/);
      expect(parseLockName(name)).toEqual(holder);
    }),
  );
});

it.each(["", TOKEN, `${TOKEN},x,1,start,1`, `${TOKEN},1,%,start,1`, `${TOKEN},1,1,start,1,2`])(
  "%j is nobody's",
  (name) => {
    expect(parseLockName(name)).toBeUndefined();
  },
);
