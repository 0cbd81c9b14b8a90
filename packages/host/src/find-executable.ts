import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Host } from "./host.js";

/**
 * Finds a program: an absolute path is taken as it is, a bare name looked for in the directories of
 * `PATH` in order. Whatever depends on the current directory does not count: relative and empty
 * entries of `PATH`, and a relative path for a name.
 *
 * @returns its absolute path, or undefined
 */
export async function findExecutable(host: Host, name: string): Promise<string | undefined> {
  if (isAbsolute(name)) return (await isExecutable(name)) ? name : undefined;
  if (name.includes("/")) return undefined;
  for (const directory of (host.env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** Is `path` a regular file that we may execute? */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Absent, unreadable, a loop of links: all the same here.
    return false;
  }
}
