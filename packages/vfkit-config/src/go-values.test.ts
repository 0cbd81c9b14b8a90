import { expect, test } from "vitest";
import {
  parseGoBool,
  parseGoInt,
  parseGoInt32,
  parseGoMac,
  parseGoUint,
  parseGoUint32,
} from "./go-values.js";

test.each([
  ["0", 0n],
  ["00", 0n],
  ["017", 15n],
  ["0_7", 7n],
  ["1_000", 1000n],
  ["0X1f", 31n],
  ["0x_1", 1n],
  ["0b101", 5n],
  ["0O17", 15n],
  ["18446744073709551615", 2n ** 64n - 1n],
])("parseGoUint reads %s", (text, value) => {
  expect(parseGoUint(text)).toBe(value);
});

test.each([
  "",
  "08",
  "_1",
  "1_",
  "1__0",
  "0x",
  "0b2",
  "+1",
  "-1",
  " 1",
  "1.0",
  "18446744073709551616",
  "１",
])("parseGoUint refuses %j", (text) => {
  expect(parseGoUint(text)).toBeUndefined();
});

test("parseGoUint32 takes 32 bits in decimal, without sign or underscore", () => {
  expect(parseGoUint32("4294967295")).toBe(4_294_967_295);
  expect(parseGoUint32("007")).toBe(7);
  for (const text of ["4294967296", "+1", "1_0", "0x1", ""]) {
    expect(parseGoUint32(text)).toBeUndefined();
  }
});

test("parseGoInt and parseGoInt32 take a sign and their width", () => {
  expect(parseGoInt("+5")).toBe(5n);
  expect(parseGoInt("-9223372036854775808")).toBe(-(2n ** 63n));
  expect(parseGoInt("9223372036854775808")).toBeUndefined();
  expect(parseGoInt32("-2147483648")).toBe(-2_147_483_648);
  expect(parseGoInt32("2147483648")).toBeUndefined();
  for (const text of ["", "+", "--1", "1_0", "0x1"]) expect(parseGoInt(text)).toBeUndefined();
});

test("parseGoBool takes Go's twelve words", () => {
  for (const text of ["1", "t", "T", "TRUE", "true", "True"]) expect(parseGoBool(text)).toBe(true);
  for (const text of ["0", "f", "F", "FALSE", "false", "False"])
    expect(parseGoBool(text)).toBe(false);
  for (const text of ["", "yes", "on", "tRUE", " true"]) expect(parseGoBool(text)).toBeUndefined();
});

test("parseGoMac takes two digits a byte in three spellings", () => {
  const canonical = "5a:94:ef:e4:0c:ee";
  for (const text of [canonical, "5A-94-EF-E4-0C-EE", "5a94.efe4.0cee"]) {
    expect(parseGoMac(text)).toBe(canonical);
  }
  // The last is what Go 1.26 takes and earlier ones do not.
  for (const text of ["5a:94:ef:e4:c:ee", "5a:94-ef:e4:0c:ee", "", "0:0:0:0:0:0", "5a94efe40cee"]) {
    expect(parseGoMac(text)).toBeUndefined();
  }
});
