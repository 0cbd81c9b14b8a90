import type { Entry } from "./entry.js";

/** Contiguous bytes of the image. */
export interface Run {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Where the stored bytes of a file lie, as contiguous runs in order. Interleaved sections (ECMA-119
 * 6.4.3) are taken apart, one at a time: nothing is held, however many there are.
 */
function* contiguousRuns(file: Entry, blockBytes: number): Generator<Run> {
  for (const { block, lengthBytes, unitBlocks, gapBlocks } of file.sections) {
    const start = block * blockBytes;
    if (gapBlocks === 0) {
      if (lengthBytes > 0) yield { offsetBytes: start, lengthBytes };
      continue;
    }
    const unitBytes = unitBlocks * blockBytes;
    const strideBytes = unitBytes + gapBlocks * blockBytes;
    for (let done = 0, offset = start; done < lengthBytes; offset += strideBytes) {
      const length = Math.min(unitBytes, lengthBytes - done);
      yield { offsetBytes: offset, lengthBytes: length };
      done += length;
    }
  }
}

/** The runs of the bytes `start` to `end` (exclusive) of a file. */
export function* slicedRuns(
  file: Entry,
  blockBytes: number,
  start: number,
  end: number,
): Generator<Run> {
  let position = 0;
  for (const run of contiguousRuns(file, blockBytes)) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + run.lengthBytes);
    if (from < to) {
      yield { offsetBytes: run.offsetBytes + (from - position), lengthBytes: to - from };
    }
    position += run.lengthBytes;
    if (position >= end) return;
  }
}

/** The first byte behind all that the file needs of the image. */
export function endOfContent(file: Entry, blockBytes: number): number {
  let end = 0;
  for (const { block, lengthBytes, unitBlocks, gapBlocks } of file.sections) {
    if (lengthBytes === 0) continue;
    const gaps = gapBlocks === 0 ? 0 : Math.ceil(lengthBytes / (unitBlocks * blockBytes)) - 1;
    end = Math.max(end, (block + gaps * gapBlocks) * blockBytes + lengthBytes);
  }
  return end;
}
