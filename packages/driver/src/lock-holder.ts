import {
  isAlive,
  removeIfPresent,
  removeTree,
  systemErrorCode,
  type Host,
  type ProcessIdentity,
} from "@vfkit-machine/host";
import { readdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { TIMES } from "./defaults.js";
import { parseLockName } from "./lock-name.js";
import type { Store } from "./store.js";

/** Who holds a machine, and for what. */
export interface LockHolder extends ProcessIdentity {
  /** As in `start`. */
  readonly operation: string;
  /** Unix milliseconds. */
  readonly since: number;
}

/** The file in a lock, and what it says. */
export interface SeenLock {
  readonly file: string;
  /** undefined: not made by us. */
  readonly holder: LockHolder | undefined;
}

/** The live holder of a machine's lock, or undefined. Takes nothing and waits for nobody. */
export async function readLockHolder(
  host: Host,
  store: Store,
  name: string,
): Promise<LockHolder | undefined> {
  const seen = await readHolder(join(store.locks, name));
  if (seen?.holder === undefined) return undefined;
  return (await isAlive(host, seen.holder)) ? seen.holder : undefined;
}

/** Removes the locks of the dead, and what those left who died while they waited for one. */
export async function sweepLocks(host: Host, store: Store): Promise<void> {
  for (const entry of await readLockNames(store.locks)) {
    const path = join(store.locks, entry);
    const seen = await readHolder(path);
    if (seen?.holder === undefined && entry.startsWith(".")) {
      // Being made at this moment, unless it is old: then its maker died while it made it.
      if (await isOld(host, path)) await removeTree(path);
    } else if (seen === undefined || !(await isHeld(host, seen))) {
      if (seen !== undefined) await removeIfPresent(seen.file);
      await removeEmptyDirectory(path);
    }
  }
}

/** Is the holder that a lock names still alive? */
export async function isHeld(host: Host, { holder }: SeenLock): Promise<boolean> {
  return holder !== undefined && (await isAlive(host, holder));
}

async function isOld(host: Host, path: string): Promise<boolean> {
  try {
    return host.clock.now() - (await stat(path)).mtimeMs > TIMES.abandonedMs;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** undefined: nobody holds it. A file that names no holder was not made by us: no holder. */
export async function readHolder(path: string): Promise<SeenLock | undefined> {
  const [name] = await readNames(path);
  return name === undefined ? undefined : { file: join(path, name), holder: parseLockName(name) };
}

/** Directories alone: Finder leaves its .DS_Store wherever somebody looks. */
async function readLockNames(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function readNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

export async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    const code = systemErrorCode(error);
    // Gone, or already the next holder's.
    if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}
