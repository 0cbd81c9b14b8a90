import type { Readable } from "node:stream";
import type {
  ExtractFileOptions,
  ExtractFileResult,
  ExtractTreeOptions,
  ExtractTreeResult,
  IsoEntry,
  IsoVolume,
  ListOptions,
  ReadStreamOptions,
} from "./types.js";

/**
 * An opened image. Made by `openIso`; legal until {@link IsoImage.close}, after which every call ends
 * with `ERR_ISO_CLOSED`. Operations may run at the same time.
 *
 * Paths begin at the root of the image, with or without a `/`. Names match exactly first, then
 * without regard to case, version number and trailing dots: `/boot/bzimage` finds
 * `/BOOT/BZIMAGE.;1`. Symbolic links are followed inside the image. Where a path is taken, an entry
 * of this image's `list`, `walk` or `stat` is taken too, which saves looking it up.
 */
export interface IsoImage extends AsyncDisposable {
  /** What the image says of itself. */
  readonly volume: IsoVolume;

  /**
   * What one path names.
   *
   * @throws MachineError `ERR_ISO_ENTRY_NOT_FOUND` (the hint names what is there),
   * `ERR_ISO_WRONG_TYPE` when a component before the last is no directory, `ERR_ISO_TRUNCATED`,
   * `ERR_ISO_MALFORMED`, `ERR_ABORTED`
   */
  stat(path: string, options?: ListOptions): Promise<IsoEntry>;

  /**
   * What a directory holds, in the order of the image, without `.` and `..`.
   *
   * @param target default the root
   * @throws MachineError as {@link IsoImage.stat}; `ERR_ISO_WRONG_TYPE` for anything but a directory;
   * `ERR_ISO_UNSAFE_PATH` for a name like `../x`; `ERR_ISO_LIMIT` beyond `limits.listEntries`
   */
  list(target?: string | IsoEntry, options?: ListOptions): Promise<IsoEntry[]>;

  /**
   * Everything below a directory, a directory before what it holds. Memory does not grow with the
   * number of entries. Symbolic links are given, not followed.
   *
   * @param target default the root
   * @throws MachineError from the iterator, as {@link IsoImage.list}; `ERR_ISO_MALFORMED` for loops of
   * directories; `ERR_ISO_LIMIT` beyond `limits.depth` and `limits.directories`
   */
  walk(target?: string | IsoEntry, options?: ListOptions): AsyncIterableIterator<IsoEntry>;

  /**
   * {@link IsoImage.walk}, in the same order, by as many entries at a time as one piece of a directory
   * holds, some hundreds: for images of very many files, where waiting for each takes most of the time.
   *
   * @throws MachineError as {@link IsoImage.walk}
   */
  walkBatches(
    target?: string | IsoEntry,
    options?: ListOptions,
  ): AsyncIterableIterator<readonly IsoEntry[]>;

  /**
   * The content of a file, uncompressed, from `start` to `end`. The path is looked up when reading
   * begins; errors arrive as the stream's.
   *
   * @throws MachineError `ERR_ISO_INVALID_ARGUMENT` for a range that is none
   */
  readStream(target: string | IsoEntry, options?: ReadStreamOptions): Readable;

  /**
   * Copies the content of a file to `destination`. It is written beside it and renamed: whatever
   * happens, the old file stays or the new one is whole. Its directory must exist.
   *
   * @throws MachineError as {@link IsoImage.stat}; `ERR_ISO_WRONG_TYPE` for anything but a file;
   * `ERR_ISO_TRUNCATED` before anything is created; `ERR_ISO_UNSUPPORTED` for a zisofs algorithm other
   * than zlib; `ERR_ISO_WRITE_FAILED` with the system error as its cause
   */
  extractFile(
    target: string | IsoEntry,
    destination: string,
    options?: ExtractFileOptions,
  ): Promise<ExtractFileResult>;

  /**
   * Extracts a directory with all that is below it, or the whole image, into a new directory, which
   * appears whole or not at all. Modes (less setuid, setgid and sticky; the owner may always read and
   * write) and times are those of the image, owners are not; devices, fifos and sockets are left out.
   *
   * @param destination absent, or an empty directory
   * @throws MachineError as {@link IsoImage.walk} and {@link IsoImage.extractFile};
   * `ERR_ISO_DESTINATION_EXISTS`; `ERR_ISO_UNSAFE_PATH` also for symbolic links that lead outside;
   * `ERR_ISO_LIMIT` beyond `limits.treeBytes` and `limits.symlinkBytes`
   */
  extractTree(destination: string, options?: ExtractTreeOptions): Promise<ExtractTreeResult>;

  /** Gives the file back, when `openIso` opened it. Idempotent. */
  close(): Promise<void>;
}
