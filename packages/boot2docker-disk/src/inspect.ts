import type { FileHandle } from "node:fs/promises";
import { USERDATA_BYTES } from "./defaults.js";
import {
  decideGuestAction,
  hasMagic,
  parseGptEntries,
  parsePartitionTable,
  parseSuperblock,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
  type Partition,
  type PartitionTable,
} from "./layout.js";
import { withImage } from "./open-image.js";
import { readPublicKeys } from "./read-userdata.js";
import type { DiskFilesystem, DiskInspection } from "./types.js";

/**
 * Says what a guest would find on a raw disk, from a few reads of at most 64 KiB each: a hostile
 * image costs no more than a good one. Changes nothing.
 *
 * @throws MachineError `ERR_DISK_NOT_FOUND`, `ERR_DISK_NOT_A_FILE`, `ERR_DISK_ACCESS_DENIED`,
 *   `ERR_DISK_IO`
 */
export async function inspectDisk(path: string): Promise<DiskInspection> {
  return await withImage("cannot inspect the disk", path, "read", async (image) => {
    const { handle, sizeBytes, allocatedBytes } = image;
    const head = await readAt(handle, 0, USERDATA_BYTES);
    const table = parsePartitionTable(head);
    const found = {
      hasMagic: hasMagic(head),
      partitionTable: table.type,
      filesystems: await findFilesystems(handle, await listPartitions(handle, table)),
    };
    return {
      path,
      sizeBytes,
      allocatedBytes,
      ...found,
      publicKeys: found.hasMagic ? await readPublicKeys(head) : [],
      guestAction: decideGuestAction(found),
    };
  });
}

async function listPartitions(
  handle: FileHandle,
  table: PartitionTable,
): Promise<readonly Partition[]> {
  if (table.type === "none") return [];
  if (table.type === "mbr") return table.partitions;
  const length = table.entryBytes * table.count;
  const entries = await readAt(handle, table.entriesOffsetBytes, length);
  return parseGptEntries(entries, table.entryBytes);
}

async function findFilesystems(
  handle: FileHandle,
  partitions: readonly Partition[],
): Promise<DiskFilesystem[]> {
  const places = [
    { number: undefined, offsetBytes: 0 },
    ...partitions.toSorted((a, b) => a.offsetBytes - b.offsetBytes),
  ];
  const filesystems: DiskFilesystem[] = [];
  for (const { number: partition, offsetBytes } of places) {
    const bytes = await readAt(handle, offsetBytes + SUPERBLOCK_OFFSET, SUPERBLOCK_BYTES);
    const superblock = parseSuperblock(bytes);
    if (superblock !== undefined) filesystems.push({ ...superblock, offsetBytes, partition });
  }
  return filesystems;
}

/** Reads up to `length` bytes; fewer at the end of the file, none behind it. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  if (!Number.isSafeInteger(position + length)) return buffer.subarray(0, 0);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
