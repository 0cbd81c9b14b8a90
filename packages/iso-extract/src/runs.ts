import type { Entry } from "./entry.js";
import type { Section } from "./record.js";

/** Contiguous bytes of the image. */
export interface Run {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Where the bytes `start` to `end` (exclusive) of a file lie, as contiguous runs in order. Nothing is
 * held, and what lies before `start` costs a step for each section: a hostile file may have 16,384 of
 * them, each in millions of pieces.
 */
export function* slicedRuns(
  file: Pick<Entry, "sections">,
  blockBytes: number,
  start: number,
  end: number,
): Generator<Run> {
  let position = 0;
  for (const section of file.sections) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, section.lengthBytes);
    if (from < to) yield* runsOfSection(section, blockBytes, from, to);
    position += section.lengthBytes;
    if (position >= end) return;
  }
}

/** Interleaved sections (ECMA-119 6.4.3) come in units with gaps between them. */
function* runsOfSection(
  { block, lengthBytes, unitBlocks, gapBlocks }: Section,
  blockBytes: number,
  from: number,
  to: number,
): Generator<Run> {
  const unitBytes = gapBlocks === 0 ? lengthBytes : unitBlocks * blockBytes;
  const strideBytes = unitBytes + gapBlocks * blockBytes;
  for (let done = from; done < to;) {
    const unit = Math.floor(done / unitBytes);
    const within = done - unit * unitBytes;
    const length = Math.min(unitBytes - within, to - done);
    yield { offsetBytes: block * blockBytes + unit * strideBytes + within, lengthBytes: length };
    done += length;
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
