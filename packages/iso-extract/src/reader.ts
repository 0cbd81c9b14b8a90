import type { Readable } from "node:stream";
import { readContent } from "./content.js";
import { STREAM_CHUNK_BYTES } from "./defaults.js";
import { Entry } from "./entry.js";
import { closed, invalidArgument, limitExceeded, wrongType } from "./errors.js";
import { extractFile } from "./extract-file.js";
import { extractTree } from "./extract-tree.js";
import type { IsoImage } from "./iso-image.js";
import type { OpenedSource } from "./source.js";
import { ProgressCounter, resolvePath, type Tree } from "./tree.js";
import type {
  ExtractFileOptions,
  ExtractFileResult,
  ExtractTreeOptions,
  ExtractTreeResult,
  IsoEntry,
  IsoOptions,
  IsoVolume,
  ListOptions,
  ReadStreamOptions,
} from "./types.js";
import { Walker } from "./walker.js";

/** See {@link IsoImage}, which documents what this does. */
export class ImageReader implements IsoImage {
  readonly volume: IsoVolume;
  readonly #tree: Tree;
  readonly #opened: OpenedSource;
  #closed = false;

  constructor(tree: Tree, opened: OpenedSource, volume: IsoVolume) {
    this.#tree = tree;
    this.#opened = opened;
    this.volume = volume;
  }

  async stat(path: string, options: ListOptions = {}): Promise<IsoEntry> {
    this.#assertOpen();
    const followSymlink = options.followSymlink ?? true;
    return resolvePath(this.#tree, path, { ...options, followSymlink });
  }

  async list(target: string | IsoEntry = "/", options: ListOptions = {}): Promise<IsoEntry[]> {
    this.#assertOpen();
    const { image } = this.#tree;
    const limit = image.limits.listEntries;
    const entries: IsoEntry[] = [];
    const start = (): Promise<Entry> => this.#directory(target, options);
    for await (const batch of new Walker(this.#tree, start, false, options).batches()) {
      if (entries.length + batch.length > limit) {
        throw limitExceeded(image.name, "too many entries to list", "listEntries", limit);
      }
      entries.push(...batch);
    }
    return entries;
  }

  walk(
    target: string | IsoEntry = "/",
    options: ListOptions = {},
  ): AsyncIterableIterator<IsoEntry> {
    this.#assertOpen();
    return this.#walker(target, options);
  }

  walkBatches(
    target: string | IsoEntry = "/",
    options: ListOptions = {},
  ): AsyncIterableIterator<readonly IsoEntry[]> {
    this.#assertOpen();
    return this.#walker(target, options).batches();
  }

  readStream(target: string | IsoEntry, options: ReadStreamOptions = {}): Readable {
    this.#assertOpen();
    const { start = 0, end = Number.MAX_SAFE_INTEGER, chunkBytes = STREAM_CHUNK_BYTES } = options;
    if (!isCount(start) || !isCount(end) || end < start) {
      throw invalidArgument(`no bytes lie from ${start} to ${end}`);
    }
    if (!isCount(chunkBytes) || chunkBytes === 0) {
      throw invalidArgument(`chunkBytes cannot be ${chunkBytes}`);
    }
    const chunks = this.#streamContent(target, { ...options, start, end, chunkBytes });
    // Loaded here alone: a program that lists an image or extracts from it starts sooner without streams.
    const { Readable } = process.getBuiltinModule("node:stream");
    return Readable.from(chunks, { objectMode: false, highWaterMark: chunkBytes });
  }

  async extractFile(
    target: string | IsoEntry,
    destination: string,
    options: ExtractFileOptions = {},
  ): Promise<ExtractFileResult> {
    this.#assertOpen();
    assertDestination(destination);
    const { mode } = options;
    if (mode !== undefined && (!isCount(mode) || mode > 0o7777)) {
      throw invalidArgument(`mode cannot be ${String(mode)}`);
    }
    const file = await this.#file(target, options);
    return extractFile(this.#tree.image, file, destination, options);
  }

  async extractTree(
    destination: string,
    options: ExtractTreeOptions = {},
  ): Promise<ExtractTreeResult> {
    this.#assertOpen();
    assertDestination(destination);
    const top = await this.#directory(options.from ?? "/", options);
    return extractTree(this.#tree, top, destination, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tree.image.close();
    await this.#opened.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #walker(target: string | IsoEntry, options: ListOptions): Walker {
    return new Walker(this.#tree, () => this.#directory(target, options), true, options);
  }

  async *#streamContent(
    target: string | IsoEntry,
    options: ReadStreamOptions & { start: number; end: number; chunkBytes: number },
  ): AsyncGenerator<Buffer> {
    const { start, chunkBytes, signal } = options;
    const file = await this.#file(target, options);
    const end = Math.min(options.end, file.sizeBytes);
    if (start >= end) return;
    const progress = new ProgressCounter(options, end - start);
    progress.entries = 1;
    const size = Math.min(chunkBytes, end - start);
    // The reader keeps its chunks, so none is used twice.
    const nextBuffer = (): Buffer => Buffer.allocUnsafeSlow(size);
    for await (const chunk of readContent(this.#tree.image, file, {
      start,
      end,
      signal,
      nextBuffer,
    })) {
      yield chunk;
      progress.report(file.path, chunk.length);
    }
  }

  async #directory(target: string | IsoEntry, options: ListOptions): Promise<Entry> {
    const entry = await this.#entry(target, options);
    if (entry.type === "directory") return entry;
    throw wrongType(this.#tree.image.name, entry.path, entry.type, "directory");
  }

  async #file(target: string | IsoEntry, options: IsoOptions): Promise<Entry> {
    const entry = await this.#entry(target, options);
    if (entry.type === "file") return entry;
    throw wrongType(this.#tree.image.name, entry.path, entry.type, "file");
  }

  async #entry(target: string | IsoEntry, options: ListOptions): Promise<Entry> {
    if (typeof target !== "string") {
      if (target instanceof Entry && target.belongsTo(this.#tree.format)) {
        if (target.type !== "symlink" || options.followSymlink === false) return target;
        return this.#entry(target.path, options);
      }
      throw invalidArgument(
        `an entry of another image was passed to ${this.#tree.image.name}: pass its path`,
      );
    }
    // Looking up is not what the caller's progress counts.
    const { signal, followSymlink = true } = options;
    return resolvePath(this.#tree, target, { signal, followSymlink });
  }

  #assertOpen(): void {
    if (this.#closed) throw closed(this.#tree.image.name);
  }
}

function assertDestination(destination: string): void {
  if (typeof destination !== "string" || destination === "" || destination.includes("\0")) {
    throw invalidArgument(`a destination cannot be ${JSON.stringify(destination)}`);
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
