import type { Entry } from "./entry.js";
import { quote, truncated } from "./errors.js";
import type { Image } from "./image.js";
import { endOfContent, slicedRuns } from "./runs.js";
import { inflateZisofs } from "./zisofs.js";

/** Which bytes of a file, and how to hold them. */
export interface ContentRequest {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Gives the buffer of the next chunk. At least two must take turns: one is being filled while the
   * other is in use.
   */
  readonly nextBuffer: () => Buffer;
}

/** @throws MachineError `ERR_ISO_TRUNCATED` when the image ends before the file does */
export function assertInsideImage(image: Image, file: Entry): void {
  const end = endOfContent(file, image.blockBytes);
  if (end > image.sizeBytes) {
    throw truncated(image.name, quote(file.path), end, image.sizeBytes);
  }
}

/**
 * The content of a file in chunks. The next chunk is read while the consumer works on the one it has;
 * a chunk is good until the consumer has taken the one after the next.
 */
export async function* readContent(
  image: Image,
  file: Entry,
  request: ContentRequest,
): AsyncGenerator<Buffer> {
  const { start, end, signal } = request;
  assertInsideImage(image, file);
  if (file.compression === "zisofs") {
    yield* inflateZisofs(image, file, start, end, signal);
    return;
  }
  const what = quote(file.path);
  let reading: Promise<Buffer> | undefined;
  try {
    for (const run of slicedRuns(file, image.blockBytes, start, end)) {
      for (let done = 0; done < run.lengthBytes;) {
        const whole = request.nextBuffer();
        const chunk = whole.subarray(0, Math.min(whole.length, run.lengthBytes - done));
        const previous = reading;
        const filled = previous === undefined ? undefined : await previous;
        reading = fill(image, chunk, run.offsetBytes + done, what, signal);
        // Should it fail while the consumer is busy, the next turn says so: nothing is unhandled.
        void Promise.allSettled([reading]);
        done += chunk.length;
        if (filled !== undefined) yield filled;
      }
    }
    if (reading !== undefined) {
      const last = await reading;
      reading = undefined;
      yield last;
    }
  } finally {
    // The consumer left, or a read failed: what is still under way must not outlive this.
    if (reading !== undefined) await Promise.allSettled([reading]);
  }
}

async function fill(
  image: Image,
  chunk: Buffer,
  position: number,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  await image.read(chunk, position, what, signal);
  return chunk;
}
