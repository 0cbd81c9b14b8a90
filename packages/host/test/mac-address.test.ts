import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatMacAddress,
  isLocallyAdministered,
  isUnicast,
  parseMacAddress,
  tryParseMacAddress,
} from "../src/index.js";

const sixBytes = fc.uint8Array({ minLength: 6, maxLength: 6 });
const hex = (byte: number): string => byte.toString(16);
const hex2 = (byte: number): string => hex(byte).padStart(2, "0");

describe("parseMacAddress", () => {
  it.each([
    "8e:01:99:9c:54:b1",
    "8e:1:99:9c:54:b1",
    "8E-01-99-9C-54-B1",
    "8e01999c54b1",
    " 8E:1:99:9c:54:B1\n",
  ])("reads %j", (text) => {
    expect(parseMacAddress(text)).toBe("8e:01:99:9c:54:b1");
  });

  it.each([
    "",
    "8e:01:99:9c:54",
    "8e:01:99:9c:54:b1:00",
    "8e:01:99:9c:54:",
    "8e:01:99:9c:54:b10",
    "8e:01-99:9c:54:b1",
    "8e:01:99:9c:54:g1",
    "8e01999c54b",
    "ff,f1:f5:dd:7f:0:2",
    "0x8e:1:99:9c:54:b1",
    "٨e:01:99:9c:54:b1",
  ])("refuses %j and quotes it", (text) => {
    expect(tryParseMacAddress(text)).toBeUndefined();
    expect(() => parseMacAddress(text)).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_MAC_ADDRESS",
        message: `not a MAC address: ${JSON.stringify(text)}`,
      }),
    );
  });

  it("reads back every spelling of every address", () => {
    fc.assert(
      fc.property(sixBytes, fc.constantFrom(":", "-"), fc.boolean(), (bytes, separator, upper) => {
        const mac = formatMacAddress(bytes);
        expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
        const spellings = [
          Array.from(bytes, hex2).join(separator),
          Array.from(bytes, hex).join(separator),
          Array.from(bytes, hex2).join(""),
        ];
        for (const spelling of spellings) {
          expect(parseMacAddress(upper ? spelling.toUpperCase() : spelling)).toBe(mac);
        }
      }),
    );
  });

  it("makes of any text an address that it reads back, or none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const mac = tryParseMacAddress(text);
        expect(tryParseMacAddress(mac ?? "")).toBe(mac);
      }),
    );
  });
});

describe("isUnicast and isLocallyAdministered", () => {
  it("look at the two lowest bits of the first byte", () => {
    fc.assert(
      fc.property(sixBytes, (bytes) => {
        const mac = formatMacAddress(bytes);
        const first = bytes[0] ?? 0;
        expect(isUnicast(mac)).toBe(first % 2 === 0);
        expect(isLocallyAdministered(mac)).toBe(Math.floor(first / 2) % 2 === 1);
      }),
    );
  });
});

describe("formatMacAddress", () => {
  it("takes six bytes and no other number", () => {
    expect(() => formatMacAddress(new Uint8Array(5))).toThrow("6 bytes, not 5");
  });
});
