import { abortedError, isMachineError } from "@vfkit-machine/host/errors";
import type { Logger } from "@vfkit-machine/host";
import { BREATH_MS, CACHED_PAGES, PAGES_AHEAD, PAGE_BYTES } from "./defaults.js";
import { closed, readFailed, truncated } from "./errors.js";
import { createPage, type Page } from "./window.js";
import type { ByteSource, IsoLimits } from "./types.js";

/**
 * The bytes of an image, read exactly or not at all. Directories come through a small cache of pages:
 * they lie close together, so that one read serves many of them.
 */
export class Image {
  readonly name: string;
  readonly sizeBytes: number;
  readonly limits: IsoLimits;
  readonly logger: Logger | undefined;
  /** Bytes of a logical block; set once the descriptors are known. */
  blockBytes = 2048;
  readonly #source: ByteSource;
  readonly #pages = new Map<number, Page | Promise<Page>>();
  #lastPage = -2;
  #breathedAtMs = performance.now();
  #closed = false;
  #halvesDiffer = false;

  constructor(source: ByteSource, limits: IsoLimits, logger: Logger | undefined) {
    this.name = source.name ?? "the image";
    this.sizeBytes = source.sizeBytes;
    this.limits = limits;
    this.logger = logger;
    this.#source = source;
  }

  /**
   * Fills `target` from `position` on.
   *
   * @param what names what is read, in the error
   * @throws MachineError `ERR_ISO_TRUNCATED`, `ERR_ISO_READ_FAILED`, `ERR_ABORTED`
   */
  async read(
    target: Uint8Array,
    position: number,
    what: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const end = position + target.length;
    if (end > this.sizeBytes) throw truncated(this.name, what, end, this.sizeBytes);
    const count = await this.#readUpTo(target, position, signal);
    // The source ends before the size it announced: a file that shrank, a device.
    if (count < target.length) throw truncated(this.name, what, end, position + count);
  }

  /** The first `length` bytes, or as many as there are. */
  async head(length: number, signal?: AbortSignal): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.min(length, this.sizeBytes));
    return bytes.subarray(0, await this.#readUpTo(bytes, 0, signal));
  }

  /**
   * The page that holds this byte. Directories lie one behind the other: once two pages in a row were
   * asked for, the next ones are read while the caller works on those that are here.
   */
  async page(position: number, what: string, signal?: AbortSignal): Promise<Page> {
    this.assertNotAborted(signal);
    if (position >= this.sizeBytes) {
      throw truncated(this.name, what, position + 1, this.sizeBytes);
    }
    if (performance.now() - this.#breathedAtMs > BREATH_MS) await this.#breathe(signal);
    const index = Math.floor(position / PAGE_BYTES);
    const loading = this.#keptPage(index, signal) ?? this.#loadPages(index, 1, signal);
    if (index === this.#lastPage + 1) this.#readAhead(index, signal);
    this.#lastPage = index;
    const page = await loading;
    const endByte = page.startByte + page.bytes.length;
    if (position >= endByte) throw truncated(this.name, what, position + 1, endByte);
    return page;
  }

  /** Begins to read the pages behind those in memory, when half of what was read last is used up. */
  #readAhead(index: number, signal: AbortSignal | undefined): void {
    let next = index + 1;
    while (this.#pages.has(next)) next += 1;
    if (next - index > PAGES_AHEAD / 2 || next * PAGE_BYTES >= this.sizeBytes) return;
    // A failure is told to whoever asks for these pages.
    void Promise.allSettled([this.#loadPages(next, PAGES_AHEAD, signal)]);
  }

  /** A page that was read before, or that somebody else is reading. */
  #keptPage(index: number, signal: AbortSignal | undefined): Page | Promise<Page> | undefined {
    const kept = this.#pages.get(index);
    if (!(kept instanceof Promise)) return kept;
    return untilAborted(kept, `reading ${this.name}`, signal).catch(() => {
      // Whoever read it was aborted, or a page beside it is at fault.
      this.assertNotAborted(signal);
      return this.#loadPages(index, 1, signal);
    });
  }

  /** Reads `count` pages at once; the last may be short where the source ends early. @returns the first */
  #loadPages(index: number, count: number, signal: AbortSignal | undefined): Promise<Page> {
    const startByte = index * PAGE_BYTES;
    const bytes = Buffer.allocUnsafeSlow(Math.min(count * PAGE_BYTES, this.sizeBytes - startByte));
    const reading = this.#readUpTo(bytes, startByte, signal);
    const pages: Promise<Page>[] = [];
    for (let start = 0; start < bytes.length; start += PAGE_BYTES) {
      const page = reading.then((filled) => {
        const part = bytes.subarray(start, Math.max(start, Math.min(start + PAGE_BYTES, filled)));
        return createPage(startByte + start, part);
      });
      pages.push(page);
      this.#keep(index + start / PAGE_BYTES, page);
    }
    const [first] = pages;
    if (first === undefined) throw new Error(`no page begins at byte ${startByte}`);
    return first;
  }

  #keep(index: number, page: Promise<Page>): void {
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size < CACHED_PAGES) break;
      this.#pages.delete(oldest);
    }
    this.#pages.set(index, page);
    void this.#settlePage(index, page);
  }

  async #settlePage(index: number, page: Promise<Page>): Promise<void> {
    const [settled] = await Promise.allSettled([page]);
    if (this.#pages.get(index) !== page) return;
    // What failed is read again by the next to ask, with a signal of its own.
    if (settled.status === "rejected") this.#pages.delete(index);
    else this.#pages.set(index, settled.value);
  }

  /** Everything that reads from now on ends with `ERR_ISO_CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#pages.clear();
  }

  /** @throws MachineError `ERR_ABORTED`, `ERR_ISO_CLOSED` */
  assertNotAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw abortedError(`reading ${this.name}`, signal);
    if (this.#closed) throw closed(this.name);
  }

  /**
   * Lets the rest of the program have a turn. What is in memory already comes without one: a hostile
   * maze of symbolic links would keep the timer from firing that is to end it.
   */
  async #breathe(signal: AbortSignal | undefined): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#breathedAtMs = performance.now();
    this.assertNotAborted(signal);
  }

  /** Says once that a both-endian number of this image has two different halves. */
  noteDifferingHalves(where: string): void {
    if (this.#halvesDiffer) return;
    this.#halvesDiffer = true;
    this.logger?.warn("the halves of a both-endian number differ: the little-endian one counts", {
      image: this.name,
      where,
    });
  }

  /** Fills `target`, or as much of it as there is. @returns how much that is */
  async #readUpTo(
    target: Uint8Array,
    position: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const rest = done === 0 ? target : target.subarray(done);
      const count = await this.#readSome(rest, position + done, signal);
      if (count === 0) break;
      done += count;
      if (performance.now() - this.#breathedAtMs > BREATH_MS) await this.#breathe(signal);
    }
    return done;
  }

  async #readSome(target: Uint8Array, position: number, signal?: AbortSignal): Promise<number> {
    this.assertNotAborted(signal);
    let count: number;
    try {
      const reading = this.#source.read(target, position, { signal });
      count =
        typeof reading === "number"
          ? reading
          : await untilAborted(reading, `reading ${this.name}`, signal);
    } catch (error) {
      if (isMachineError(error)) throw error;
      this.assertNotAborted(signal);
      throw readFailed(this.name, error);
    }
    if (!Number.isInteger(count) || count < 0 || count > target.length) {
      throw readFailed(this.name, new Error(`its source says it read ${count} bytes`));
    }
    return count;
  }
}

/** A source may hang: the abort counts at once, whatever becomes of the read. */
async function untilAborted<T>(
  reading: Promise<T>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return reading;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortedError(what, signal));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([reading, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
