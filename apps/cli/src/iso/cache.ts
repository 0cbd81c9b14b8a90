import { lockMachine } from "@vfkit-machine/driver/lock";
import { systemErrorCode, type Host } from "@vfkit-machine/host";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EmitDownload } from "../events.js";
import { download } from "./download.js";
import type { IsoSource } from "./iso-source.js";

/** Until another command must have finished its download of the same file. */
const LOCK_TIMEOUT_MS = 2 * 60 * 60_000;

/** A file of the cache. */
export interface CacheEntry {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** `partial` is what an interrupted download left; the next one goes on from there. */
  readonly kind: "iso" | "partial";
  /** ISO 8601, UTC. */
  readonly modifiedAt: string;
}

/** Where downloaded ISOs are: one cache for all machines of a store. */
export function cacheDirectory(storeDir: string): string {
  return join(storeDir, "cache", "iso");
}

/** Is the ISO on this computer already? */
export async function isCached(storeDir: string, source: IsoSource): Promise<boolean> {
  return source.kind === "file" || isThere(join(cacheDirectory(storeDir), source.fileName));
}

/**
 * The path of an ISO on this computer: downloaded, checked and cached unless it is a file already.
 * Of many at once one downloads and the others wait for it.
 *
 * @throws MachineError `ERR_CHECK_ISO_DOWNLOAD`, `ERR_CHECK_ISO_CHECKSUM`, `ERR_MACHINE_BUSY`,
 *   `ERR_ABORTED`
 */
export async function fetchIso(
  host: Host,
  source: IsoSource,
  options: { readonly storeDir: string; readonly signal: AbortSignal; readonly emit: EmitDownload },
): Promise<string> {
  if (source.kind === "file") return source.path;
  const { storeDir, signal, emit } = options;
  const { url, fileName, sha256 } = source;
  const directory = cacheDirectory(storeDir);
  const path = join(directory, fileName);
  // It got its name when it was whole and right.
  if (await isThere(path)) {
    emit("download.cached", { path });
    return path;
  }
  emit("download.waiting", { url });
  // Makes the directory of the cache as well: the locks are in it.
  const lock = await lockMachine(host, locksOf(directory), fileName, {
    operation: "download",
    signal,
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  try {
    // Whoever had the lock before us may have downloaded it.
    if (await isThere(path)) emit("download.cached", { path });
    else await download(host, { url, path, sha256, signal, emit });
  } finally {
    await lock.release();
  }
  return path;
}

function locksOf(directory: string): { readonly locks: string } {
  return { locks: join(directory, ".locks") };
}

/** What the cache holds, by name. */
export async function listCache(storeDir: string): Promise<CacheEntry[]> {
  const directory = cacheDirectory(storeDir);
  const names = await readNames(directory);
  const entries = await Promise.all(
    names.toSorted().map(async (name): Promise<CacheEntry | undefined> => {
      const kind = name.endsWith(".iso")
        ? "iso"
        : name.endsWith(".iso.part")
          ? "partial"
          : undefined;
      if (kind === undefined) return undefined;
      const path = join(directory, name);
      const { size, mtime } = await stat(path);
      return { name, path, sizeBytes: size, kind, modifiedAt: mtime.toISOString() };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/**
 * Deletes unfinished downloads, and with `isos` the whole ones too. A download that goes on at this
 * moment holds its lock and is left alone.
 */
export async function pruneCache(
  host: Host,
  storeDir: string,
  options: { readonly isos: boolean; readonly signal: AbortSignal },
): Promise<CacheEntry[]> {
  const directory = cacheDirectory(storeDir);
  const removed: CacheEntry[] = [];
  for (const entry of await listCache(storeDir)) {
    if (entry.kind === "iso" && !options.isos) continue;
    const fileName = entry.name.replace(/\.part$/, "");
    const lock = await lockMachine(host, locksOf(directory), fileName, {
      operation: "prune",
      signal: options.signal,
      timeoutMs: 0,
    });
    try {
      await rm(entry.path, { force: true });
      await rm(`${entry.path}.json`, { force: true });
    } finally {
      await lock.release();
    }
    removed.push(entry);
  }
  return removed;
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function readNames(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
