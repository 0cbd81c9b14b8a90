import { systemErrorCode } from "@vfkit-machine/host";
import { open, rename, type FileHandle } from "node:fs/promises";

/**
 * Opens a log for a new run, 0600 from the first instant; the log of the run before is kept beside
 * it with `.1`.
 */
export async function openFreshLog(path: string): Promise<FileHandle> {
  try {
    await rename(path, `${path}.1`);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
  return open(path, "a", 0o600);
}
