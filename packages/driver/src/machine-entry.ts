import { systemErrorCode } from "@vfkit-machine/host/errors";
import { readlinkSync, type Dirent } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isMachineName } from "./names.js";

/**
 * Is an entry of the store's `machines` a machine? A directory with a machine's name, or a link to
 * one that somebody moved to another disk; but not a link to a machine of the same store, which has
 * its own name.
 *
 * @param machines the directory that the entry is in
 */
export function isMachineEntry(machines: string, entry: Dirent): boolean {
  if (!isMachineName(entry.name)) return false;
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    const target = resolve(machines, readlinkSync(join(machines, entry.name)));
    return dirname(target) !== machines;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    // It was just removed.
    return false;
  }
}
