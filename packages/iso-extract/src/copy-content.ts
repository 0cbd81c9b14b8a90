import type { FileHandle } from "node:fs/promises";
import { assertInsideImage } from "./content.js";
import { COPY_CHUNK_BYTES, COPY_LANES } from "./defaults.js";
import type { Entry } from "./entry.js";
import { quote } from "./errors.js";
import type { Image } from "./image.js";
import { slicedRuns } from "./runs.js";
import { writeFully } from "./write-aside.js";
import { inflateZisofs } from "./zisofs.js";

/** Holes are left for whole runs of this many zeros. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);

/** The buffers of the lanes, made when first needed and no larger than the file. */
export class CopyBuffers {
  readonly #buffers: Buffer[] = [];

  /** @param fileBytes the file that is to be copied */
  of(lane: number, fileBytes: number): Buffer {
    const needed = Math.min(fileBytes, COPY_CHUNK_BYTES);
    let buffer = this.#buffers[lane];
    if (buffer === undefined || buffer.length < needed) {
      buffer = Buffer.allocUnsafeSlow(needed);
      this.#buffers[lane] = buffer;
    }
    return buffer;
  }
}

/** What is copied, and how. */
interface Copy {
  readonly image: Image;
  readonly file: Entry;
  readonly handle: FileHandle;
  readonly signal: AbortSignal | undefined;
  readonly sparse: boolean;
  /** Hears how many bytes each write added. */
  readonly onChunk: (bytes: number) => void;
}

/**
 * Copies the whole content of `file` into `handle`. Whatever fails, nothing is under way any more when
 * this ends.
 *
 * @throws MachineError `ERR_ISO_TRUNCATED`, `ERR_ISO_READ_FAILED`, `ERR_ABORTED`, and of zisofs
 * `ERR_ISO_MALFORMED`; a system error when writing fails
 */
export async function copyContent(copy: Copy, buffers: CopyBuffers): Promise<void> {
  const { image, file, handle, sparse } = copy;
  assertInsideImage(image, file);
  if (file.compression === "zisofs") await copyInflated(copy);
  else await copyStored(copy, buffers);
  // The last bytes may be a hole.
  if (sparse) await handle.truncate(file.sizeBytes);
}

async function copyInflated(copy: Copy): Promise<void> {
  const { image, file, signal } = copy;
  let position = 0;
  for await (const chunk of inflateZisofs(image, file, 0, file.sizeBytes, signal)) {
    await write(copy, chunk, position);
    position += chunk.length;
  }
}

/**
 * In lanes, each of which reads a piece and writes it, and then takes the next that nobody has: so
 * neither reading nor writing ever waits for the other to begin.
 */
async function copyStored(copy: Copy, buffers: CopyBuffers): Promise<void> {
  const { sizeBytes } = copy.file;
  // One for all lanes. Where one fails, it is closed, and the others end as well.
  const pieces = piecesOf(copy);
  const lanes: Promise<void>[] = [];
  for (let lane = 0; lane < COPY_LANES && lane * COPY_CHUNK_BYTES < sizeBytes; lane += 1) {
    lanes.push(copyPieces(copy, pieces, buffers.of(lane, sizeBytes)));
  }
  const ends = await Promise.allSettled(lanes);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

interface Piece {
  /** Within the image. */
  readonly offsetBytes: number;
  /** Within the file. */
  readonly position: number;
  readonly lengthBytes: number;
}

function* piecesOf({ image, file }: Copy): Generator<Piece> {
  let position = 0;
  for (const run of slicedRuns(file, image.blockBytes, 0, file.sizeBytes)) {
    for (let done = 0; done < run.lengthBytes;) {
      const lengthBytes = Math.min(COPY_CHUNK_BYTES, run.lengthBytes - done);
      yield { offsetBytes: run.offsetBytes + done, position, lengthBytes };
      done += lengthBytes;
      position += lengthBytes;
    }
  }
}

async function copyPieces(copy: Copy, pieces: Iterable<Piece>, buffer: Buffer): Promise<void> {
  const { image, signal } = copy;
  const what = quote(copy.file.path);
  for (const { offsetBytes, position, lengthBytes } of pieces) {
    const chunk = lengthBytes === buffer.length ? buffer : buffer.subarray(0, lengthBytes);
    await image.read(chunk, offsetBytes, what, signal);
    await write(copy, chunk, position);
  }
}

async function write(
  { handle, sparse, onChunk }: Copy,
  chunk: Buffer,
  position: number,
): Promise<void> {
  if (sparse) await writeSparsely(handle, chunk, position);
  else await writeFully(handle, chunk, position);
  onChunk(chunk.length);
}

async function writeSparsely(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let from = 0;
  while (from < chunk.length) {
    const start = nextPiece(chunk, from, false);
    const end = nextPiece(chunk, start, true);
    if (start < end) await writeFully(handle, chunk.subarray(start, end), position + start);
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
