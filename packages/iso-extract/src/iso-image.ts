import { Readable } from "node:stream";
import { STREAM_CHUNK_BYTES } from "./defaults.js";
import { Entry } from "./entry.js";
import { closed, invalidArgument, limitExceeded, wrongType } from "./errors.js";
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

// What moves content is loaded when it is first needed: listing an image is faster without it.

/**
 * An opened image. Made by `openIso`; legal until {@link IsoImage.close}, after which every call ends
 * with `ERR_ISO_CLOSED`. Operations may run at the same time.
 *
 * Paths begin at the root of the image, with or without a `/`. Names match exactly first, then
 * without regard to case, version number and trailing dots: `/boot/bzimage` finds
 * `/BOOT/BZIMAGE.;1`. Symbolic links are followed inside the image. Where a path is taken, an entry
 * of this image's `list`, `walk` or `stat` is taken too, which saves looking it up.
 */
export class IsoImage implements AsyncDisposable {
  /** What the image says of itself. */
  readonly volume: IsoVolume;
  readonly #tree: Tree;
  readonly #opened: OpenedSource;
  #closed = false;

  /** @internal Use `openIso`. */
  constructor(tree: Tree, opened: OpenedSource, volume: IsoVolume) {
    this.#tree = tree;
    this.#opened = opened;
    this.volume = volume;
  }

  /**
   * What one path names.
   *
   * @throws MachineError `ERR_ISO_ENTRY_NOT_FOUND` (the hint names what is there),
   * `ERR_ISO_WRONG_TYPE` when a component before the last is no directory, `ERR_ISO_TRUNCATED`,
   * `ERR_ISO_MALFORMED`, `ERR_ABORTED`
   */
  async stat(path: string, options: ListOptions = {}): Promise<IsoEntry> {
    this.#assertOpen();
    const followSymlink = options.followSymlink ?? true;
    return resolvePath(this.#tree, path, { ...options, followSymlink });
  }

  /**
   * What a directory holds, in the order of the image, without `.` and `..`.
   *
   * @param target default the root
   * @throws MachineError as {@link IsoImage.stat}; `ERR_ISO_WRONG_TYPE` for anything but a directory;
   * `ERR_ISO_UNSAFE_PATH` for a name like `../x`; `ERR_ISO_LIMIT` beyond `limits.listEntries`
   */
  async list(target: string | IsoEntry = "/", options: ListOptions = {}): Promise<IsoEntry[]> {
    this.#assertOpen();
    const { image } = this.#tree;
    const limit = image.limits.listEntries;
    const entries: IsoEntry[] = [];
    const start = (): Promise<Entry> => this.#directory(target, options);
    for await (const entry of new Walker(this.#tree, start, false, options)) {
      if (entries.length >= limit) {
        throw limitExceeded(image.name, "too many entries to list", "listEntries", limit);
      }
      entries.push(entry);
    }
    return entries;
  }

  /**
   * Everything below a directory, a directory before what it holds. Memory does not grow with the
   * number of entries. Symbolic links are given, not followed.
   *
   * @param target default the root
   * @throws MachineError from the iterator, as {@link IsoImage.list}; `ERR_ISO_MALFORMED` for loops of
   * directories; `ERR_ISO_LIMIT` beyond `limits.depth` and `limits.directories`
   */
  walk(
    target: string | IsoEntry = "/",
    options: ListOptions = {},
  ): AsyncIterableIterator<IsoEntry> {
    this.#assertOpen();
    return new Walker(this.#tree, () => this.#directory(target, options), true, options);
  }

  /**
   * The content of a file, uncompressed, from `start` to `end`. The path is looked up when reading
   * begins; errors arrive as the stream's.
   *
   * @throws MachineError `ERR_ISO_INVALID_ARGUMENT` for a range that is none
   */
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
    return Readable.from(chunks, { objectMode: false, highWaterMark: chunkBytes });
  }

  /**
   * Copies the content of a file to `destination`. It is written beside it and renamed: whatever
   * happens, the old file stays or the new one is whole. Its directory must exist.
   *
   * @throws MachineError as {@link IsoImage.stat}; `ERR_ISO_WRONG_TYPE` for anything but a file;
   * `ERR_ISO_TRUNCATED` before anything is created; `ERR_ISO_UNSUPPORTED` for a zisofs algorithm other
   * than zlib; `ERR_ISO_WRITE_FAILED` with the system error as its cause
   */
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
    const { extractFile } = await import("./extract-file.js");
    return extractFile(this.#tree.image, file, destination, options);
  }

  /**
   * Extracts a directory with all that is below it, or the whole image, into a new directory, which
   * appears whole or not at all. Modes (less setuid, setgid and sticky; the owner may always read and
   * write) and times are those of the image, owners are not; devices, fifos and sockets are left out.
   *
   * @param destination absent, or an empty directory
   * @param options.from the directory to extract (default the root)
   * @throws MachineError as {@link IsoImage.walk} and {@link IsoImage.extractFile};
   * `ERR_ISO_DESTINATION_EXISTS`; `ERR_ISO_UNSAFE_PATH` also for symbolic links that lead outside;
   * `ERR_ISO_LIMIT` beyond `limits.treeBytes` and `limits.symlinkBytes`
   */
  async extractTree(
    destination: string,
    options: ExtractTreeOptions & { readonly from?: string | IsoEntry | undefined } = {},
  ): Promise<ExtractTreeResult> {
    this.#assertOpen();
    assertDestination(destination);
    const top = await this.#directory(options.from ?? "/", options);
    const { extractTree } = await import("./extract-tree.js");
    return extractTree(this.#tree, top, destination, options);
  }

  /** Gives the file back, when `openIso` opened it. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#opened.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
    const { readContent } = await import("./content.js");
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
