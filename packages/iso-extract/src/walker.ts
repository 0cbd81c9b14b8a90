import { DirectoryCursor } from "./cursor.js";
import type { Entry } from "./entry.js";
import { limitExceeded, malformed, quote } from "./errors.js";
import { ProgressCounter, type Tree } from "./tree.js";
import type { IsoOptions } from "./types.js";

const RELOCATION_DIRECTORIES = new Set(["rr_moved", ".rr_moved"]);

/** A directory on the way down, and those of its entries that are in memory. */
interface Level {
  readonly cursor: DirectoryCursor;
  entries: Entry[];
  next: number;
}

/**
 * Goes through everything below a directory, a directory before what it holds, in the order of the
 * image. Entries that are in memory come without waiting: `next` then gives a settled promise.
 *
 * A hostile image cannot make it spin: a directory is entered once, its depth is limited, and all
 * directories together may not be larger than the image.
 */
export class Walker implements AsyncIterableIterator<Entry> {
  readonly #tree: Tree;
  readonly #options: IsoOptions;
  readonly #recursive: boolean;
  readonly #progress: ProgressCounter;
  readonly #stack: Level[] = [];
  readonly #entered = new Set<number>();
  readonly #start: () => Promise<Entry>;
  #directoryBytes = 0;
  /** The directory of relocated directories, until it is known whether it holds anything else. */
  #held: Entry | undefined;
  #started = false;
  #done = false;
  /** Calls of `next` that wait for the image run one after the other. */
  #waiting = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();

  /** @param start finds the directory to begin with; called by the first `next` */
  constructor(tree: Tree, start: () => Promise<Entry>, recursive: boolean, options: IsoOptions) {
    this.#tree = tree;
    this.#start = start;
    this.#recursive = recursive;
    this.#options = options;
    this.#progress = new ProgressCounter(options);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Entry, undefined>> {
    if (this.#waiting > 0) return this.#queue();
    try {
      const entry = this.#take();
      if (entry !== undefined) return Promise.resolve({ done: false, value: entry });
    } catch (error) {
      this.#finish();
      return Promise.reject(error);
    }
    return this.#queue();
  }

  async return(): Promise<IteratorResult<Entry, undefined>> {
    this.#finish();
    return { done: true, value: undefined };
  }

  /** The same, each entry with those after it that are in memory. */
  async *batches(): AsyncGenerator<readonly Entry[], undefined> {
    try {
      for (;;) {
        const first = await this.next();
        if (first.done === true) return;
        const batch = [first.value];
        for (;;) {
          const entry = this.#take();
          if (entry === undefined) break;
          batch.push(entry);
        }
        yield batch;
      }
    } finally {
      this.#finish();
    }
  }

  #queue(): Promise<IteratorResult<Entry, undefined>> {
    const turn =
      this.#waiting === 0
        ? this.#advance()
        : this.#lastTurn.then(
            () => this.#advance(),
            () => this.#advance(),
          );
    this.#waiting += 1;
    this.#lastTurn = turn;
    return turn;
  }

  async #advance(): Promise<IteratorResult<Entry, undefined>> {
    try {
      if (!this.#started) {
        this.#started = true;
        this.#enter(await this.#start());
      }
      while (!this.#done) {
        const held = this.#held;
        const entry = held === undefined ? this.#take() : await this.#release(held);
        if (entry !== undefined) return { done: false, value: entry };
        if (held !== undefined || this.#held !== undefined) continue;
        const level = this.#stack.at(-1);
        if (level === undefined) break;
        const { cursor } = level;
        const entries = await cursor.read(this.#options.signal);
        this.#countBytes(cursor.directory, cursor.takeBytesContinued());
        this.#progress.report(cursor.directory.path, cursor.takeBytesRead());
        if (entries === undefined) this.#stack.pop();
        else {
          level.entries = entries;
          level.next = 0;
        }
      }
    } catch (error) {
      this.#finish();
      throw error;
    } finally {
      // Before the caller hears of it: its next call need not wait again.
      this.#waiting -= 1;
    }
    this.#finish();
    return { done: true, value: undefined };
  }

  /** The next entry in memory. */
  #take(): Entry | undefined {
    const level = this.#stack.at(-1);
    const entry = level?.entries[level.next];
    if (level === undefined || entry === undefined) return undefined;
    level.next += 1;
    this.#tree.image.assertNotAborted(this.#options.signal);
    if (entry.isDirectory && this.#mayHoldRelocated(entry, level.cursor)) {
      this.#held = entry;
      return undefined;
    }
    return this.#show(entry);
  }

  #show(entry: Entry): Entry {
    this.#progress.entries += 1;
    if (entry.isDirectory && this.#recursive) this.#enter(entry);
    return entry;
  }

  #mayHoldRelocated(entry: Entry, cursor: DirectoryCursor): boolean {
    const { format, root } = this.#tree;
    return (
      format.namespace === "rock-ridge" &&
      cursor.directory === root &&
      RELOCATION_DIRECTORIES.has(entry.name)
    );
  }

  /** Gives the held directory, unless it only holds what is shown elsewhere. */
  async #release(held: Entry): Promise<Entry | undefined> {
    const { image, format } = this.#tree;
    const cursor = new DirectoryCursor(image, format, held);
    const holdsMore = (await cursor.read(this.#options.signal)) !== undefined;
    this.#held = undefined;
    return !holdsMore && cursor.relocatedCount > 0 ? undefined : this.#show(held);
  }

  #enter(directory: Entry): void {
    const { image, format } = this.#tree;
    if (this.#stack.length >= image.limits.depth) {
      throw limitExceeded(
        image.name,
        `the directory ${quote(directory.path)} is ${this.#stack.length + 1} levels deep`,
        "depth",
        image.limits.depth,
      );
    }
    if (this.#entered.has(directory.block)) {
      throw malformed(
        image.name,
        `the directory ${quote(directory.path)} is one that was seen before: a loop`,
      );
    }
    this.#entered.add(directory.block);
    if (this.#entered.size > image.limits.directories) {
      throw limitExceeded(
        image.name,
        "too many directories",
        "directories",
        image.limits.directories,
      );
    }
    this.#countBytes(directory, Math.max(0, directory.dataBytes));
    const cursor = new DirectoryCursor(image, format, directory);
    this.#stack.push({ cursor, entries: [], next: 0 });
  }

  /** Directories and what their records continue in lie apart: together they fit into the image. */
  #countBytes(directory: Entry, bytes: number): void {
    const { image } = this.#tree;
    this.#directoryBytes += bytes;
    if (this.#directoryBytes > image.sizeBytes) {
      throw malformed(
        image.name,
        `its directories up to ${quote(directory.path)} have ${this.#directoryBytes} bytes, the image ${image.sizeBytes}`,
      );
    }
  }

  #finish(): void {
    this.#done = true;
    this.#stack.length = 0;
    this.#entered.clear();
  }
}
