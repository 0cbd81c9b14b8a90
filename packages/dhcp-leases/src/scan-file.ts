import type { FileHandle } from "node:fs/promises";
import type { MacAddress } from "@vfkit-machine/host";
import { CHUNK_BYTES, MAX_BYTES } from "./defaults.js";
import { compilePattern } from "./mac-address-pattern.js";
import { tooLarge, withFile } from "./read-file.js";
import { lastBoundary, scanPart } from "./scan-mac-address.js";
import type { Lease } from "./types.js";

/** Room before a chunk for what the chunk before it left over: many times an entry. */
const HEAD_BYTES = 64 * 1024;

/**
 * The leases of one MAC address in the order of the file, and undefined when there is no file. Two
 * chunks take turns, one being read while the other is searched: small enough for the processor's
 * cache, and memory does not grow with the file.
 *
 * @throws MachineError `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`
 */
export async function scanFile(
  path: string,
  macAddress: MacAddress,
  maxBytes: number = MAX_BYTES,
  maxChunkBytes: number = CHUNK_BYTES,
): Promise<Lease[] | undefined> {
  return await withFile(path, maxBytes, async (handle, sizeBytes) => {
    const search = new ChunkSearch(macAddress);
    const chunkBytes = Math.min(sizeBytes + 1, maxChunkBytes);
    let [current, other] = [chunkBuffer(chunkBytes), chunkBuffer(chunkBytes)];
    let length = await readChunk(handle, current);
    for (let total = length; length > 0; total += length) {
      if (total > maxBytes) throw tooLarge(path, maxBytes);
      const next = readChunk(handle, other);
      search.push(current, length);
      length = await next;
      [current, other] = [other, current];
    }
    return search.finish();
  });
}

/** Searches a file that comes in chunks, cutting it where no entry is open. */
class ChunkSearch {
  readonly #pattern;
  readonly #leases: Lease[] = [];
  /** What lies behind the last cut, in pieces, and where it begins in the file. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #base = 0;
  /** Below that size it is not worth looking for a cut again. */
  #worthCutting = 0;

  constructor(macAddress: MacAddress) {
    this.#pattern = compilePattern(macAddress);
  }

  /** @param buffer a chunk of `length` bytes, behind {@link HEAD_BYTES} of room that may be written */
  push(buffer: Buffer, length: number): void {
    if (this.#restBytes + length < this.#worthCutting) {
      this.#keep([...this.#rest, Buffer.from(buffer.subarray(HEAD_BYTES, HEAD_BYTES + length))]);
      return;
    }
    const content = this.#joined(buffer, length);
    const end = lastBoundary(content);
    this.#search(content.subarray(0, end));
    // A copy: the chunk's memory is used again.
    this.#keep([Buffer.from(content.subarray(end))]);
    // Without a brace anywhere, doubling keeps the work in proportion to the size.
    this.#worthCutting = end > 0 ? 0 : 2 * content.length;
  }

  finish(): Lease[] {
    this.#search(Buffer.concat(this.#rest));
    return this.#leases;
  }

  #keep(pieces: Buffer[]): void {
    this.#rest = pieces;
    this.#restBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  #joined(buffer: Buffer, length: number): Buffer {
    const start = HEAD_BYTES - this.#restBytes;
    if (start < 0) {
      return Buffer.concat([...this.#rest, buffer.subarray(HEAD_BYTES, HEAD_BYTES + length)]);
    }
    Buffer.concat(this.#rest).copy(buffer, start);
    return buffer.subarray(start, HEAD_BYTES + length);
  }

  #search(part: Buffer): void {
    this.#leases.push(...scanPart(part, this.#base, this.#pattern));
    this.#base += part.length;
  }
}

function chunkBuffer(chunkBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(HEAD_BYTES + chunkBytes);
}

async function readChunk(handle: FileHandle, buffer: Buffer): Promise<number> {
  const { bytesRead } = await handle.read(buffer, HEAD_BYTES, buffer.length - HEAD_BYTES, null);
  return bytesRead;
}
