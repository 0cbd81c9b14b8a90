import type { FileHandle } from "node:fs/promises";
import type { Logger } from "@vfkit-machine/host";

/** Where the bytes of an image come from when it is not a file: memory, HTTP ranges, a part of a disk. */
export interface ByteSource {
  /** Length of the image in bytes. */
  readonly sizeBytes: number;
  /** Names the image in errors (default `"the image"`). */
  readonly name?: string;
  /**
   * Fills the start of `target` from `position` on. At least one byte unless `position` is at the
   * end, where it is 0; fewer than asked for is fine. Called again while earlier calls are under way.
   * `signal` is the one of the operation at work.
   */
  read(
    target: Uint8Array,
    position: number,
    options: { readonly signal?: AbortSignal | undefined },
  ): number | Promise<number>;
}

/** What an image can be opened from. A `FileHandle` and a `ByteSource` stay the caller's to close. */
export type IsoInput = string | FileHandle | ByteSource;

/**
 * One of the directory trees of an image. `rock-ridge` is the primary tree with POSIX names and
 * modes, `plain` the same tree without them.
 */
export type Namespace = "rock-ridge" | "joliet" | "enhanced" | "plain";

export type EntryType =
  | "file"
  | "directory"
  | "symlink"
  | "character-device"
  | "block-device"
  | "fifo"
  | "socket";

/** What is known of one file, directory or link without a further read. */
export interface IsoEntry {
  /** Without version number and trailing dot: `bzimage`, not `BZIMAGE.;1`. The root's is `/`. */
  readonly name: string;
  /** From the root of the image, with `/` first: `/boot/bzimage`. */
  readonly path: string;
  readonly type: EntryType;
  /** Bytes of content, uncompressed. 0 for all but files. */
  readonly sizeBytes: number;
  /** Bytes the image spends on it. Less than `sizeBytes` where zisofs compressed it. */
  readonly storedBytes: number;
  readonly compression: "none" | "zisofs";
  /** Permission bits of Rock Ridge with setuid, setgid and sticky (0 to 0o7777); else undefined. */
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly linkCount: number | undefined;
  /** Target of a symbolic link, as recorded. */
  readonly linkTarget: string | undefined;
  /** When the content changed; undefined when the image says nothing sensible. */
  readonly modifiedAt: Date | undefined;
  /** This and the next two only by Rock Ridge (TF), where the tool that made the image recorded them. */
  readonly createdAt: Date | undefined;
  readonly accessedAt: Date | undefined;
  /** Last change of the attributes. */
  readonly changedAt: Date | undefined;
  /** The ISO 9660 flag that asks a viewer not to show it. Listed all the same. */
  readonly hidden: boolean;
}

/** What the volume descriptors and the system area say. Texts are trimmed; absent ones are "". */
export interface IsoVolume {
  /** The tree in use. */
  readonly namespace: Namespace;
  /** Every tree the image has, best first. */
  readonly namespaces: readonly Namespace[];
  readonly jolietLevel: 1 | 2 | 3 | undefined;
  /** Volume identifier: the "label". */
  readonly label: string;
  readonly systemId: string;
  readonly volumeSetId: string;
  readonly publisherId: string;
  readonly preparerId: string;
  readonly applicationId: string;
  readonly createdAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly effectiveAt: Date | undefined;
  readonly blockSizeBytes: number;
  /** What the descriptor claims. */
  readonly volumeSizeBytes: number;
  /** What is there. */
  readonly imageSizeBytes: number;
  /** `volumeSizeBytes` beyond the end of the image: a sign of a truncated download. */
  readonly missingBytes: number;
  /** Bootable by El Torito, and the partition tables of a hybrid image. */
  readonly boot: {
    readonly elTorito: boolean;
    readonly mbr: boolean;
    readonly gpt: boolean;
    readonly applePartitionMap: boolean;
  };
  /** Also carries UDF (a bridge disc, as DVDs and Windows images): that side is not read. */
  readonly udfBridge: boolean;
}

/** How far an operation has come. */
export interface IsoProgress {
  /** What is being read: the path of the file or directory; of the image while it is opened. */
  readonly path: string;
  /** Content bytes delivered so far; directory bytes for `list`, `walk` and `stat`. */
  readonly doneBytes: number;
  /** Bytes there will be in all, where this is known beforehand. */
  readonly totalBytes: number | undefined;
  /** Entries seen so far. */
  readonly entries: number;
}

/** What every operation takes. */
export interface IsoOptions {
  /**
   * Ends the operation with `ERR_ABORTED`. Reading a local file has no other deadline: for one, pass
   * `AbortSignal.timeout(ms)`.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece of content or directory that was dealt with. What it throws ends the operation. */
  readonly onProgress?: ((progress: IsoProgress) => void) | undefined;
}

/** Bounds on what an image may make this package do. */
export interface IsoLimits {
  /** Directories inside each other (default 256). */
  readonly depth: number;
  /** Directories of one walk (default 1,000,000; each takes about 40 bytes of memory). */
  readonly directories: number;
  /** Entries that one `list` may return (default 1,000,000); `walk` has no such limit. */
  readonly listEntries: number;
  /** Content bytes that one `extractTree` may write (default 256 GiB). */
  readonly treeBytes: number;
  /** Bytes of symbolic link targets that one `extractTree` may hold (default 64 MiB). */
  readonly symlinkBytes: number;
}

export interface OpenIsoOptions extends IsoOptions {
  /**
   * Which tree to read (default `"auto"`: Rock Ridge, else Joliet, else enhanced, else plain, the
   * first that the image has).
   */
  readonly namespace?: Namespace | "auto" | undefined;
  readonly limits?: Partial<IsoLimits> | undefined;
  /** Hears of what is odd but readable, such as both-endian numbers whose halves differ. */
  readonly logger?: Logger | undefined;
}

export interface ListOptions extends IsoOptions {
  /** Follow a symbolic link in the last component (default true). */
  readonly followSymlink?: boolean | undefined;
}

export interface ReadStreamOptions extends IsoOptions {
  /** First byte (default 0). */
  readonly start?: number | undefined;
  /** One past the last byte (default: the end of the file). */
  readonly end?: number | undefined;
  /** Largest chunk in bytes (default 256 KiB). */
  readonly chunkBytes?: number | undefined;
}

export interface ExtractFileOptions extends IsoOptions {
  /** Permissions of the new file, whatever the umask (default: 0666 less the umask). */
  readonly mode?: number | undefined;
  /** Leave holes for runs of zeros, where the file system can (default false). */
  readonly sparse?: boolean | undefined;
}

export interface ExtractTreeOptions extends IsoOptions {
  /** The directory to extract (default the root). */
  readonly from?: string | IsoEntry | undefined;
  /**
   * What to do with a symbolic link that leads out of the destination: end with
   * `ERR_ISO_UNSAFE_PATH` (default), or leave it out. Links that stay inside are always made.
   */
  readonly outsideSymlinks?: "refuse" | "skip" | undefined;
  /** As for {@link ExtractFileOptions.sparse} (default false). */
  readonly sparse?: boolean | undefined;
}

export interface ExtractFileResult {
  readonly sizeBytes: number;
}

export interface ExtractTreeResult {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** Devices, fifos and sockets, and symbolic links left out: these are not made. */
  readonly skipped: number;
  readonly sizeBytes: number;
}
