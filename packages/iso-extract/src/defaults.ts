import type { IsoLimits } from "./types.js";

/** See {@link IsoLimits}. */
export const DEFAULT_LIMITS: IsoLimits = {
  depth: 256,
  directories: 1_000_000,
  listEntries: 1_000_000,
  treeBytes: 256 * 2 ** 30,
  symlinkBytes: 64 * 2 ** 20,
};

/** Directories are read in pages of this many bytes: many small ones, or a part of a large one. */
export const PAGE_BYTES: number = 128 * 1024;
/** How much of a directory is parsed at once, and kept as long as one of its entries is. */
export const WINDOW_BYTES: number = 64 * 1024;
/** Pages kept: 2 MiB at most, however large the image. */
export const CACHED_PAGES = 16;

/** Pages read at once when they are asked for one after the other. */
export const PAGES_AHEAD = 8;

/**
 * File content is copied in chunks of this size, each read and then written by one of several lanes.
 * Smaller ones cost more trips to the thread pool. Larger ones gain nothing, and make Linux look for
 * memory in larger pieces for its page cache.
 */
export const COPY_CHUNK_BYTES: number = 1280 * 1024;
/** One more than the thread pool has threads: none waits for us to hear of its end. */
export const COPY_LANES = 5;
/** What a stream hands out at most in one chunk. */
export const STREAM_CHUNK_BYTES: number = 256 * 1024;

/** Volume descriptors looked at before the search ends without a terminator. */
export const MAXIMUM_DESCRIPTORS = 100;
/** Continuation areas (CE) of one directory record, as in Linux. */
export const MAXIMUM_CONTINUATIONS = 32;
/** Bytes of all continuation areas of one directory record. */
export const MAXIMUM_CONTINUATION_BYTES: number = 64 * 1024;
/** Sections of one file: 64 TiB in sections of 4 GiB. */
export const MAXIMUM_SECTIONS = 16_384;
/** Symbolic links followed for one path, as in Linux. */
export const MAXIMUM_SYMLINKS = 40;
/** Bytes of a Rock Ridge name: macOS allows 255 UTF-16 units, 765 bytes of UTF-8; Linux 255 bytes. */
export const MAXIMUM_NAME_BYTES = 1024;
/** Milliseconds after which work that meets nothing to wait for lets timers and sockets have a turn. */
export const BREATH_MS = 20;
/** Bytes of the target of a symbolic link, as PATH_MAX in Linux. */
export const MAXIMUM_LINK_BYTES = 4096;
