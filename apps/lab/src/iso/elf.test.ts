import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readNeeded } from "./elf.js";

const LDD = "/usr/bin/ldd";

/** A file of one loaded segment at 0x400000, that needs what is given. */
function elf(needed: readonly string[]): Buffer {
  const strings = Buffer.from(`\0${needed.map((name) => `${name}\0`).join("")}`);
  const stringsAt = 0x200;
  const file = Buffer.alloc(stringsAt + strings.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeBigUInt64LE(0x40n, 0x20);
  file.writeUInt16LE(56, 0x36);
  file.writeUInt16LE(2, 0x38);
  const segment = (index: number, fields: readonly number[]): void => {
    const [type = 0, offset = 0, address = 0, size = 0] = fields;
    const at = 0x40 + index * 56;
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(address), at + 16);
    file.writeBigUInt64LE(BigInt(size), at + 32);
  };
  segment(0, [1, 0, 0x400000, file.length]);
  segment(1, [2, 0x100, 0x400100, 0x100]);
  let name = 1;
  const entries = needed.map((each) => {
    const at = name;
    name += each.length + 1;
    return [1, at] as const;
  });
  for (const [index, [tag, value]] of [...entries, [5, 0x400000 + stringsAt] as const].entries()) {
    file.writeBigUInt64LE(BigInt(tag), 0x100 + index * 16);
    file.writeBigUInt64LE(BigInt(value), 0x108 + index * 16);
  }
  strings.copy(file, stringsAt);
  return file;
}

describe("what an ELF file needs", () => {
  test("in its order, wherever its strings are", () => {
    expect(readNeeded(elf(["libz.so.1", "libc.so.6"]))).toEqual(["libz.so.1", "libc.so.6"]);
    expect(readNeeded(elf([]))).toEqual([]);
  });

  test.skipIf(!existsSync(LDD))("as ldd says of a real program (needs ldd)", () => {
    const needed = readNeeded(readFileSync("/usr/bin/env"));
    const listed = spawnSync(LDD, ["/usr/bin/env"], { encoding: "utf8" }).stdout;
    expect(needed.length).toBeGreaterThan(0);
    for (const name of needed) expect(listed).toContain(`${name} => /`);
  });

  test.each([
    ["another format", Buffer.from("#!/bin/sh\n")],
    ["32 bits", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])],
    ["cut off in the header", elf(["libc.so.6"]).subarray(0, 0x30)],
    ["cut off in the segments", elf(["libc.so.6"]).subarray(0, 0x60)],
    ["cut off in a name", elf(["libc.so.6"]).subarray(0, -4)],
  ])("%s is refused", (_, file) => {
    expect(() => readNeeded(file)).toThrow(RangeError);
  });
});
