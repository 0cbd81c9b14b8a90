import type { ZlibOptions } from "node:zlib";
import type { Entry } from "./entry.js";
import { malformed, quote, unsupported } from "./errors.js";
import type { Image } from "./image.js";
import { ZISOFS } from "./layout.js";
import { slicedRuns } from "./runs.js";
import { parseZisofsHeader, readPointers, type ZisofsHeader } from "./zisofs-format.js";

/** Compressed and uncompressed bytes in memory at once, about. */
const BATCH_BYTES = 1024 * 1024;
const POINTERS_AT_ONCE = 1024;

/**
 * The uncompressed bytes `start` to `end` of a file that zisofs compressed, block by block. Blocks are
 * inflated on the thread pool, a batch of at most 1 MiB together.
 */
export async function* inflateZisofs(
  image: Image,
  file: Entry,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const header = await readHeader(image, file, signal);
  const { blockBytes, sizeBytes } = header;
  const first = Math.floor(start / blockBytes);
  const last = Math.ceil(end / blockBytes);
  const batch = Math.max(1, Math.min(POINTERS_AT_ONCE, Math.floor(BATCH_BYTES / blockBytes)));
  for (let block = first; block < last; block += batch) {
    const count = Math.min(batch, last - block);
    const blocks = await readBlocks(image, file, header, block, count, signal);
    for (const [index, bytes] of blocks.entries()) {
      const at = (block + index) * blockBytes;
      const length = Math.min(blockBytes, sizeBytes - at);
      const from = Math.max(0, start - at);
      const to = Math.min(length, end - at);
      yield from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
    }
  }
}

async function readHeader(
  image: Image,
  file: Entry,
  signal: AbortSignal | undefined,
): Promise<ZisofsHeader> {
  const length = Math.min(ZISOFS.v2.headerBytes, file.dataBytes);
  const header = parseZisofsHeader(await readStored(image, file, 0, length, signal));
  if (typeof header === "string") throw fault(image, file, header);
  if (header.algorithm !== ZISOFS.zlib) {
    throw unsupported(
      image.name,
      `compresses ${quote(file.path)} by zisofs algorithm ${header.algorithm}, which is not supported`,
      "Only zlib, algorithm 1, is in use.",
    );
  }
  if (header.sizeBytes !== file.sizeBytes) {
    throw fault(
      image,
      file,
      `its directory record says ${file.sizeBytes} bytes, its zisofs header ${header.sizeBytes}`,
    );
  }
  return header;
}

async function readBlocks(
  image: Image,
  file: Entry,
  header: ZisofsHeader,
  first: number,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Buffer[]> {
  const { blockBytes, headerBytes, pointerBytes, sizeBytes } = header;
  const table = await readStored(
    image,
    file,
    headerBytes + first * pointerBytes,
    (count + 1) * pointerBytes,
    signal,
  );
  const pointers = readPointers(table, count + 1, pointerBytes);
  const begin = pointers[0] ?? 0;
  for (let index = 0; index < count; index += 1) {
    const from = pointers[index] ?? 0;
    const to = pointers[index + 1] ?? 0;
    // zlib grows what it cannot compress by less than a thousandth.
    if (to < from || to - from > 2 * blockBytes || to > file.dataBytes) {
      throw fault(image, file, `zisofs block ${first + index} lies from byte ${from} to ${to}`);
    }
  }
  const stored = await readStored(image, file, begin, (pointers[count] ?? 0) - begin, signal);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const from = (pointers[index] ?? 0) - begin;
      const to = (pointers[index + 1] ?? 0) - begin;
      const length = Math.min(blockBytes, sizeBytes - (first + index) * blockBytes);
      // A block without bytes is all zeros.
      if (from === to) return Buffer.alloc(length);
      const bytes = await inflateBlock(image, file, stored.subarray(from, to), blockBytes);
      if (bytes.length !== length) {
        throw fault(image, file, `zisofs block ${first + index} has ${bytes.length} bytes`);
      }
      return bytes;
    }),
  );
}

async function inflateBlock(
  image: Image,
  file: Entry,
  stored: Buffer,
  blockBytes: number,
): Promise<Buffer> {
  // Few images need it: loading it takes as long as opening one.
  const { inflate } = await import("node:zlib");
  const options: ZlibOptions = { maxOutputLength: blockBytes };
  return new Promise((resolve, reject) => {
    inflate(stored, options, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(fault(image, file, `a zisofs block does not inflate: ${error.message}`));
    });
  });
}

async function readStored(
  image: Image,
  file: Entry,
  start: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (start + length > file.dataBytes) {
    throw fault(image, file, `it has ${file.dataBytes} bytes, ${start + length} are needed`);
  }
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  for (const run of slicedRuns(file, image.blockBytes, start, start + length)) {
    const target = bytes.subarray(done, done + run.lengthBytes);
    await image.read(target, run.offsetBytes, quote(file.path), signal);
    done += run.lengthBytes;
  }
  return bytes;
}

function fault(image: Image, file: Entry, what: string): Error {
  return malformed(image.name, `${quote(file.path)} cannot be uncompressed: ${what}`);
}
