import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSizeMiB } from "./format-size.js";
import { parseSizeMiB } from "./sizes.js";

describe("parseSizeMiB", () => {
  it.each([
    ["4GiB", 4096],
    ["4gib", 4096],
    ["512 MiB", 512],
    ["1.5GiB", 1536],
    ["20GB", 19_073],
    ["1TiB", 1_048_576],
  ])("reads %s as %i MiB", (text, sizeMiB) => {
    expect(parseSizeMiB("--disk", text)).toBe(sizeMiB);
  });

  it("refuses a bare number with the two likely meanings", () => {
    expect(() => parseSizeMiB("--memory", "4")).toThrow(
      expect.objectContaining({
        message: "--memory 4: a size needs its unit",
        hint: "Write --memory 4GiB or --memory 4MiB.",
      }),
    );
  });

  it.each(["", "GiB", "-1GiB", "1e3MiB", "4 parsecs", "1KiB", "0GiB"])("refuses %j", (text) => {
    expect(() => parseSizeMiB("--disk", text)).toThrow(/^--disk/);
  });

  it("reads back what it prints for whole GiB", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), (sizeGiB) => {
        const text = formatSizeMiB(sizeGiB * 1024);
        expect(parseSizeMiB("--disk", text)).toBe(sizeGiB * 1024);
      }),
    );
  });
});
