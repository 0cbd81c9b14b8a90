import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideGuestAction,
  parseGptEntries,
  parsePartitionTable,
  parseSuperblock,
} from "./layout.js";
import type { DiskFilesystem } from "./types.js";

/** Two sectors with an MBR of these partitions: type and first sector. */
function mbr(...partitions: readonly (readonly [type: number, lba: number])[]): Buffer {
  const head = Buffer.alloc(1024);
  head.writeUInt16LE(0xaa55, 510);
  for (const [index, [type, lba]] of partitions.entries()) {
    head.writeUInt8(type, 446 + index * 16 + 4);
    head.writeUInt32LE(lba, 446 + index * 16 + 8);
  }
  return head;
}

function gpt(entryBytes: number, count: number, lba = 2n): Buffer {
  const head = mbr([0xee, 1]);
  head.write("EFI PART", 512, "latin1");
  head.writeBigUInt64LE(lba, 512 + 72);
  head.writeUInt32LE(count, 512 + 80);
  head.writeUInt32LE(entryBytes, 512 + 84);
  return head;
}

function superblock(label: string, compat: number, incompat: number): Buffer {
  const bytes = Buffer.alloc(136);
  bytes.writeUInt16LE(0xef53, 56);
  bytes.writeUInt32LE(compat, 92);
  bytes.writeUInt32LE(incompat, 96);
  bytes.write(label, 120, 16, "latin1");
  return bytes;
}

function filesystem(label: string): DiskFilesystem {
  return { type: "ext4", label, offsetBytes: 0, partition: undefined };
}

describe("parsePartitionTable", () => {
  it("finds none on a blank disk, a short file, and behind a boot sector without partitions", () => {
    expect(parsePartitionTable(Buffer.alloc(4096))).toEqual({ type: "none" });
    expect(parsePartitionTable(mbr([0x83, 2048]).subarray(0, 600))).toEqual({ type: "none" });
    expect(parsePartitionTable(mbr())).toEqual({ type: "none" });
  });

  it("reads an MBR, empty entries passed over", () => {
    expect(parsePartitionTable(mbr([0x82, 2048], [0, 0], [0x83, 0xffff_ffff]))).toEqual({
      type: "mbr",
      partitions: [
        { number: 1, offsetBytes: 2048 * 512 },
        { number: 3, offsetBytes: 0xffff_ffff * 512 },
      ],
    });
  });

  it("reads a GPT before its protective MBR, and bounds what it claims", () => {
    const table = { type: "gpt", entriesOffsetBytes: 1024 };
    expect(parsePartitionTable(gpt(128, 128))).toEqual({ ...table, entryBytes: 128, count: 128 });
    expect(parsePartitionTable(gpt(128, 0xffff_ffff))).toMatchObject({ count: 128 });
    expect(parsePartitionTable(gpt(0xffff_ffff, 4))).toMatchObject({ entryBytes: 0 });
    expect(parsePartitionTable(gpt(128, 4, 2n ** 63n))).toMatchObject({
      entriesOffsetBytes: Number.NaN,
    });
  });
});

describe("parseGptEntries", () => {
  it("reads the used entries, as many as there are whole ones", () => {
    const entries = Buffer.alloc(128 * 3 + 64);
    entries.fill(1, 128, 144);
    entries.writeBigUInt64LE(2048n, 128 + 32);
    expect(parseGptEntries(entries, 128)).toEqual([{ number: 2, offsetBytes: 2048 * 512 }]);
    expect(parseGptEntries(entries, 0)).toEqual([]);
  });
});

describe("parseSuperblock", () => {
  it.each([
    ["ext2", 0, 0x2],
    ["ext3", 0x4, 0x2],
    ["ext4", 0x4, 0x42],
    ["ext4", 0, 0x40],
  ])("tells %s by its features", (type, compat, incompat) => {
    expect(parseSuperblock(superblock("data", compat, incompat))).toEqual({ type, label: "data" });
  });

  it("reads a label of all 16 bytes, and one that is empty", () => {
    expect(parseSuperblock(superblock("boot2docker-data", 0, 0))?.label).toBe("boot2docker-data");
    expect(parseSuperblock(superblock("", 0, 0))?.label).toBe("");
  });

  it("finds none elsewhere", () => {
    expect(parseSuperblock(Buffer.alloc(136))).toBeUndefined();
    expect(parseSuperblock(superblock("data", 0, 0).subarray(0, 135))).toBeUndefined();
  });
});

describe("decideGuestAction", () => {
  const blank = { hasMagic: false, partitionTable: "none", filesystems: [] } as const;

  it.each([
    ["formats a blank disk with the magic", { ...blank, hasMagic: true }, "format"],
    ["ignores a blank disk without it", blank, "ignore"],
    [
      "ignores the magic on a disk with partitions",
      { ...blank, hasMagic: true, partitionTable: "gpt" as const },
      "ignore",
    ],
    [
      "ignores the magic on a disk with a file system",
      { ...blank, hasMagic: true, filesystems: [filesystem("other")] },
      "ignore",
    ],
    [
      "mounts what carries the label, magic or not",
      {
        ...blank,
        hasMagic: true,
        filesystems: [filesystem("other"), filesystem("boot2docker-data")],
      },
      "mount",
    ],
  ])("%s", (_, found, action) => {
    expect(decideGuestAction(found)).toBe(action);
  });
});

it("never throws, and never gives more than 128 partitions, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2048 }), fc.boolean(), (bytes, isGpt) => {
      const head = Buffer.from(bytes);
      if (isGpt && head.length >= 520) head.write("EFI PART", 512, "latin1");
      const table = parsePartitionTable(head);
      const { count, entryBytes } = table.type === "gpt" ? table : { count: 0, entryBytes: 128 };
      expect(count * entryBytes).toBeLessThanOrEqual(64 * 1024);
      expect(parseGptEntries(head, entryBytes).length).toBeLessThanOrEqual(head.length / 128);
      expect(parseSuperblock(head)?.label.length ?? 0).toBeLessThanOrEqual(16);
    }),
  );
});
