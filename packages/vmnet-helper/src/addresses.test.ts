import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPrivate, isSubnetMask, parseIpv4 } from "./addresses.js";

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");

describe("parseIpv4", () => {
  it("reads every address", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        expect(parseIpv4(dotted(value))).toBe(value);
      }),
    );
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "0x7f.1.1.1", "::1", "1.2.3.-4"])(
    "refuses %j",
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});

it.each([
  ["10.0.0.0", true],
  ["10.255.255.255", true],
  ["11.0.0.0", false],
  ["172.15.255.255", false],
  ["172.16.0.0", true],
  ["172.31.255.255", true],
  ["172.32.0.0", false],
  ["192.167.255.255", false],
  ["192.168.0.0", true],
  ["192.169.0.0", false],
])("isPrivate(%s): %s", (text, expected) => {
  expect(isPrivate(parseIpv4(text) ?? 0)).toBe(expected);
});

it("isSubnetMask takes /1 to /30", () => {
  const masks = Array.from({ length: 33 }, (_, bits) =>
    bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0,
  );
  expect(masks.map((mask) => isSubnetMask(mask))).toEqual(
    masks.map((_, bits) => bits >= 1 && bits <= 30),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
      expect(isSubnetMask(value)).toBe(masks.slice(1, 31).includes(value));
    }),
  );
});
