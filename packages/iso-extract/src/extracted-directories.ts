import { chmod, lstat, stat, utimes } from "node:fs/promises";
import { systemErrorCode } from "@vfkit-machine/host/errors";
import type { Entry } from "./entry.js";
import { ASIDE_SUFFIX } from "./write-aside.js";

/** What may be done to a file is for its owner to decide; setuid and the like stay behind. */
export const PERMISSIONS = 0o777;
export const OWNER_DIRECTORY = 0o700;

/** Gives a directory the mode and the time of its entry, once all that it holds is made. */
export async function finishDirectory(path: string, directory: Entry): Promise<void> {
  await chmod(path, ((directory.mode ?? 0o755) & PERMISSIONS) | OWNER_DIRECTORY);
  const { modifiedAt } = directory;
  if (modifiedAt !== undefined) await utimes(path, modifiedAt, modifiedAt);
}

/** Gives a directory that was finished its time back after something more was made in it. */
export class KeptTime {
  #inside: { readonly path: string; readonly atime: Date; readonly mtime: Date } | undefined;

  async enter(path: string): Promise<void> {
    if (this.#inside?.path === path) return;
    await this.leave();
    const { atime, mtime } = await stat(path);
    this.#inside = { path, atime, mtime };
  }

  async leave(): Promise<void> {
    if (this.#inside === undefined) return;
    const { path, atime, mtime } = this.#inside;
    this.#inside = undefined;
    await utimes(path, atime, mtime);
  }
}

/** Does the file system take upper and lower case for the same, as that of macOS does? */
export async function foldsNames(aside: string): Promise<boolean> {
  try {
    await lstat(aside.slice(0, -ASIDE_SUFFIX.length) + ASIDE_SUFFIX.toUpperCase());
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    return false;
  }
}
