import { DATA_LABEL, MAGIC } from "./defaults.js";
import type { DiskFilesystem, DiskInspection } from "./types.js";

// Offsets: UEFI specification 2.10, chapter 5 (GPT and its protective MBR); Linux
// Documentation/filesystems/ext4/super.rst. Everything is little-endian.
const SECTOR_BYTES = 512;
const MBR = { entries: 446, entryBytes: 16, count: 4, signature: 510 } as const;
const GPT = { entriesLba: 72, count: 80, entryBytes: 84 } as const;
const SUPERBLOCK = { magic: 56, compat: 92, incompat: 96, label: 120, labelBytes: 16 } as const;
const EXT_MAGIC = 0xef53;
const HAS_JOURNAL = 0x4;
/** extents, 64bit, flex_bg, ... : what ext3 does not know. */
const EXT4_ONLY = 0x40 | 0x80 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000;

/** Where the superblock of an ext file system lies, from its beginning. */
export const SUPERBLOCK_OFFSET = 1024;
/** How much of it {@link parseSuperblock} needs. */
export const SUPERBLOCK_BYTES = 136;
/** How much of an image {@link parsePartitionTable} needs first. */
export const PARTITION_HEADER_BYTES: number = 2 * SECTOR_BYTES;

/** Most partitions that are looked at, whatever a table claims. */
const MAX_PARTITIONS = 128;

/** A partition's number and place. */
export interface Partition {
  readonly number: number;
  readonly offsetBytes: number;
}

/** What the first two sectors say. For `gpt`, the entries have still to be read from where it says. */
export type PartitionTable =
  | { readonly type: "none" }
  | { readonly type: "mbr"; readonly partitions: readonly Partition[] }
  | {
      readonly type: "gpt";
      readonly entriesOffsetBytes: number;
      readonly entryBytes: number;
      readonly count: number;
    };

/** @param head the first {@link PARTITION_HEADER_BYTES} of an image, or all of a smaller one */
export function parsePartitionTable(head: Buffer): PartitionTable {
  if (head.length < PARTITION_HEADER_BYTES) return { type: "none" };
  const header = head.subarray(SECTOR_BYTES);
  if (header.toString("latin1", 0, 8) === "EFI PART") {
    const entryBytes = header.readUInt32LE(GPT.entryBytes);
    return {
      type: "gpt",
      entriesOffsetBytes: bytesOfLba(header.readBigUInt64LE(GPT.entriesLba)),
      // 128 * 2^n says the specification; anything else is no table that could be read.
      entryBytes: entryBytes === 128 || entryBytes === 256 || entryBytes === 512 ? entryBytes : 0,
      count: Math.min(header.readUInt32LE(GPT.count), MAX_PARTITIONS),
    };
  }
  if (head.readUInt16LE(MBR.signature) !== 0xaa55) return { type: "none" };
  const partitions: Partition[] = [];
  for (let index = 0; index < MBR.count; index += 1) {
    const at = MBR.entries + index * MBR.entryBytes;
    const lba = head.readUInt32LE(at + 8);
    if (head[at + 4] !== 0 && lba !== 0) {
      partitions.push({ number: index + 1, offsetBytes: lba * SECTOR_BYTES });
    }
  }
  // A boot sector without a partition (FAT has the same signature) is not a partition table.
  return partitions.length === 0 ? { type: "none" } : { type: "mbr", partitions };
}

/** @param entries the array of entries, as much of it as the image holds */
export function parseGptEntries(entries: Buffer, entryBytes: number): Partition[] {
  const partitions: Partition[] = [];
  if (entryBytes === 0) return partitions;
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    const isUsed = entries.subarray(at, at + 16).some((byte) => byte !== 0);
    const offsetBytes = bytesOfLba(entries.readBigUInt64LE(at + 32));
    if (isUsed) partitions.push({ number: at / entryBytes + 1, offsetBytes });
  }
  return partitions;
}

/** @param bytes what lies {@link SUPERBLOCK_OFFSET} after the beginning of a partition or disk */
export function parseSuperblock(bytes: Buffer): Pick<DiskFilesystem, "type" | "label"> | undefined {
  if (bytes.length < SUPERBLOCK_BYTES) return undefined;
  if (bytes.readUInt16LE(SUPERBLOCK.magic) !== EXT_MAGIC) return undefined;
  const label = bytes.toString(
    "latin1",
    SUPERBLOCK.label,
    SUPERBLOCK.label + SUPERBLOCK.labelBytes,
  );
  const isExt4 = (bytes.readUInt32LE(SUPERBLOCK.incompat) & EXT4_ONLY) !== 0;
  const hasJournal = (bytes.readUInt32LE(SUPERBLOCK.compat) & HAS_JOURNAL) !== 0;
  return {
    type: isExt4 ? "ext4" : hasJournal ? "ext3" : "ext2",
    label: label.replace(/\0.*$/s, ""),
  };
}

/** Does the image begin with the magic string? */
export function hasMagic(head: Buffer): boolean {
  return head.toString("latin1", 0, MAGIC.length) === MAGIC;
}

/** The guest's own order: the label first, then the magic on a disk that carries nothing else. */
export function decideGuestAction(
  found: Pick<DiskInspection, "hasMagic" | "partitionTable" | "filesystems">,
): DiskInspection["guestAction"] {
  if (found.filesystems.some(({ label }) => label === DATA_LABEL)) return "mount";
  const isBlank = found.partitionTable === "none" && found.filesystems.length === 0;
  return found.hasMagic && isBlank ? "format" : "ignore";
}

/** Where a logical block begins; NaN for one past what a file can hold. */
function bytesOfLba(lba: bigint): number {
  const bytes = Number(lba) * SECTOR_BYTES;
  return Number.isSafeInteger(bytes) ? bytes : Number.NaN;
}
