import type { FileHandle } from "node:fs/promises";
import { readContent } from "./content.js";
import { COPY_BUFFERS, COPY_CHUNK_BYTES, WRITE_PIECE_BYTES } from "./defaults.js";
import type { Entry } from "./entry.js";
import type { Image } from "./image.js";
import { writeFully } from "./write-aside.js";

/** Holes are left for whole runs of this many zeros. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);

/** Buffers that take turns, made when first needed and no larger than the file. */
export class BufferRing {
  readonly #buffers: Buffer[] = [];
  #turn = 0;
  readonly #chunkBytes: number;

  constructor(chunkBytes: number = COPY_CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
  }

  /** @param fileBytes the file that is to be copied */
  next(fileBytes: number): Buffer {
    this.#turn = (this.#turn + 1) % COPY_BUFFERS;
    const needed = Math.min(fileBytes, this.#chunkBytes);
    let buffer = this.#buffers[this.#turn];
    if (buffer === undefined || buffer.length < needed) {
      buffer = Buffer.allocUnsafeSlow(needed);
      this.#buffers[this.#turn] = buffer;
    }
    return buffer;
  }
}

/**
 * Copies the whole content of `file` into `handle`: while one chunk is written, the next is read. Of two
 * chunks in a row the second may begin to be written before the first has ended, no more: by then the
 * buffer of the first is needed again.
 *
 * @param onChunk hears how many bytes each write added
 */
export async function copyContent(
  image: Image,
  file: Entry,
  handle: FileHandle,
  options: {
    readonly signal: AbortSignal | undefined;
    readonly sparse: boolean;
    readonly ring: BufferRing;
    readonly onChunk: (bytes: number) => void;
  },
): Promise<void> {
  const size = file.sizeBytes;
  const { signal, sparse, ring, onChunk } = options;
  const write = async (chunk: Buffer, at: number): Promise<void> => {
    if (sparse) await writeSparsely(handle, chunk, at);
    else await writeInPieces(handle, chunk, at);
    onChunk(chunk.length);
  };
  let position = 0;
  let before: Promise<void> | undefined;
  let writing: Promise<void> | undefined;
  const chunks = readContent(image, file, {
    start: 0,
    end: size,
    signal,
    nextBuffer: () => ring.next(size),
  });
  try {
    for await (const chunk of chunks) {
      before = writing;
      writing = write(chunk, position);
      // Should it fail while the one before is awaited, its turn comes.
      void Promise.allSettled([writing]);
      position += chunk.length;
      await before;
    }
    await writing;
  } finally {
    // Whatever failed: nothing is under way when the handle is closed.
    await Promise.allSettled([before, writing]);
  }
  // The last bytes may be a hole.
  if (sparse) await handle.truncate(size);
}

/** The next piece is handed over while one is written; all are written at the end. */
async function writeInPieces(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let before: Promise<void> | undefined;
  for (let start = 0; start < chunk.length; start += WRITE_PIECE_BYTES) {
    const piece = chunk.subarray(start, start + WRITE_PIECE_BYTES);
    const writing = writeFully(handle, piece, position + start);
    // Should it fail while the one before is awaited, its turn comes.
    void Promise.allSettled([writing]);
    await before;
    before = writing;
  }
  await before;
}

async function writeSparsely(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let from = 0;
  while (from < chunk.length) {
    const start = nextPiece(chunk, from, false);
    const end = nextPiece(chunk, start, true);
    if (start < end) await writeInPieces(handle, chunk.subarray(start, end), position + start);
    from = end;
  }
}

/** The first piece from `from` on that is all zeros (or, by `zeros` false, that is not). */
function nextPiece(chunk: Buffer, from: number, zeros: boolean): number {
  let at = from;
  while (at < chunk.length) {
    const length = Math.min(HOLE_BYTES, chunk.length - at);
    const isZero = chunk.compare(ZEROS, 0, length, at, at + length) === 0;
    if (isZero === zeros) break;
    at += length;
  }
  return at;
}
