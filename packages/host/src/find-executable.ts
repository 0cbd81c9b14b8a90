import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Host } from "./host.js";

/**
 * Finds a program as a shell would: a name with a slash is taken as it is, else the directories of
 * `PATH` in order; relative and empty entries of `PATH` are passed over.
 *
 * @returns its absolute path, or undefined
 */
export async function findExecutable(host: Host, name: string): Promise<string | undefined> {
  if (isAbsolute(name)) return (await isExecutable(name)) ? name : undefined;
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
