import fc from "fast-check";
import { expect, test } from "vitest";
import { readLongTime, readShortTime } from "../src/timestamps.js";

const view = (bytes: readonly number[] | Buffer): DataView =>
  new DataView(Uint8Array.from(bytes).buffer);

/** A second between 1900 and 2155, and an offset in quarters of an hour. */
const moments = fc.tuple(
  fc.integer({ min: -2_208_900_000, max: 5_869_500_000 }),
  fc.integer({ min: -48, max: 52 }),
);

test("the 7 bytes of a directory record are read as written, whatever the offset", () => {
  fc.assert(
    fc.property(moments, ([second, quarters]) => {
      const local = new Date((second + quarters * 900) * 1000);
      fc.pre(local.getUTCFullYear() >= 1900 && local.getUTCFullYear() <= 2155);
      const bytes = [
        local.getUTCFullYear() - 1900,
        local.getUTCMonth() + 1,
        local.getUTCDate(),
        local.getUTCHours(),
        local.getUTCMinutes(),
        local.getUTCSeconds(),
        quarters & 0xff,
      ];
      expect(readShortTime(view(bytes), 0)?.getTime()).toBe(second * 1000);
    }),
  );
});

test("so are the 17 bytes of a volume descriptor", () => {
  fc.assert(
    fc.property(moments, ([second, quarters]) => {
      const local = new Date((second + quarters * 900) * 1000);
      const digits = local.toISOString().replaceAll(/\D/g, "").slice(0, 16);
      const bytes = Buffer.concat([Buffer.from(digits), Buffer.from([quarters & 0xff])]);
      expect(readLongTime(view(bytes), 0)?.getTime()).toBe(second * 1000);
    }),
  );
});

test("a time that is not stated, or nonsense, is none", () => {
  for (const bytes of [
    [0, 0, 0, 0, 0, 0, 0],
    [126, 13, 1, 0, 0, 0, 0],
    [126, 1, 32, 0, 0, 0, 0],
    [126, 1, 1, 24, 0, 0, 0],
    [126, 1, 1, 0, 60, 0, 0],
    [126, 1, 1, 0, 0, 61, 0],
    [126, 1, 1, 0, 0, 0, 100],
  ]) {
    expect(readShortTime(view(bytes), 0)).toBeUndefined();
  }
  expect(readLongTime(view(Buffer.from("0000000000000000\0")), 0)).toBeUndefined();
  expect(readLongTime(view(Buffer.from("20260102030405xx\0")), 0)).toBeUndefined();
});
