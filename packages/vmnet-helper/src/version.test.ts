import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAtLeast, needsRoot, parseHelperVersion } from "./version.js";

const macos = (major: number) => ({ major, minor: 0, patch: 0 });
const helper = (major: number, minor: number, patch = 0) => ({
  major,
  minor,
  patch,
  text: `${major}.${minor}.${patch}`,
});

describe("parseHelperVersion", () => {
  it.each([
    ["version: v0.7.0\ncommit: 7ee60de20d1f1b4c\n", "0.7.0", 0, 7, 0],
    ["version: v0.13.0\r\ncommit: 1.2.3\r\n", "0.13.0", 0, 13, 0],
    ["commit: abc\nversion: v0.12.1\n", "0.12.1", 0, 12, 1],
    ["v0.6.0\n", "0.6.0", 0, 6, 0],
    ["0.6.0", "0.6.0", 0, 6, 0],
    ['version: "v1.0"\n', "1.0", 1, 0, 0],
    ["version: v0.12.0-4-gabcdef0\n", "0.12.0-4-gabcdef0", 0, 12, 0],
    ["version: v0.9.1-pre4\n", "0.9.1-pre4", 0, 9, 1],
  ])("%j", (stdout, text, major, minor, patch) => {
    expect(parseHelperVersion(stdout)).toEqual({ text, major, minor, patch });
  });

  it.each(["", "\n", "vmnet-helper", "version:\n", "version: unknown\n", "commit: v1.2.3\n", "v1"])(
    "refuses %j",
    (stdout) => {
      expect(parseHelperVersion(stdout)).toBeUndefined();
    },
  );

  it("reads every release in both formats", () => {
    const number = fc.integer({ min: 0, max: 999 });
    fc.assert(
      fc.property(number, number, number, fc.boolean(), (major, minor, patch, yaml) => {
        const text = `${major}.${minor}.${patch}`;
        const stdout = yaml ? `version: v${text}\ncommit: 0123\n` : `v${text}\n`;
        expect(parseHelperVersion(stdout)).toEqual({ text, major, minor, patch });
      }),
    );
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const version = parseHelperVersion(text);
        expect(version === undefined || Number.isSafeInteger(version.minor)).toBe(true);
      }),
    );
  });
});

describe("needsRoot", () => {
  it.each([
    [13, helper(0, 13), true],
    [15, helper(0, 13), true],
    [15, helper(1, 0), true],
    [26, helper(0, 6), true],
    [26, helper(0, 8, 9), true],
    [26, helper(0, 9), false],
    [26, helper(0, 13), false],
    [26, helper(1, 0), false],
    [27, helper(0, 9), false],
    [27, helper(0, 8), true],
  ])("macOS %i, helper %o: %s", (major, version, expected) => {
    expect(needsRoot(macos(major), version)).toBe(expected);
  });

  it("takes a host that is not macOS for an old one", () => {
    expect(needsRoot(undefined, helper(0, 13))).toBe(true);
  });
});

it("isAtLeast compares numbers, not text", () => {
  expect(isAtLeast(helper(0, 13), 0, 9)).toBe(true);
  expect(isAtLeast(helper(0, 9), 0, 13)).toBe(false);
  expect(isAtLeast(helper(1, 0), 0, 13)).toBe(true);
  expect(isAtLeast(helper(0, 13), 1, 0)).toBe(false);
});
