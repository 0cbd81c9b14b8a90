import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Logger } from "@vfkit-machine/host";
import { isMachineError, MachineError, systemErrorCode } from "@vfkit-machine/host/errors";

const HINTS: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "Free some space on that file system, or choose another destination."],
  ["EDQUOT", "The disk quota is used up: free some space, or choose another destination."],
  ["EFBIG", "That file system cannot hold a file of this size."],
  ["EACCES", "Choose a destination that you may write to."],
  ["EPERM", "Choose a destination that you may write to."],
  ["EROFS", "That file system is read-only: choose another destination."],
  ["ENOENT", "Create the directory of the destination first."],
  ["ENOTDIR", "A part of the destination's path is a file."],
  ["EISDIR", "The destination is a directory: name a file in it."],
]);

/** Ends the name of everything unfinished. */
export const ASIDE_SUFFIX = ".part";

let asideCount = 0;

/** The name under which `destination` is written until it is whole: beside it, so that renaming works. */
export function asideName(destination: string): string {
  asideCount += 1;
  // Whoever guesses it gains nothing: it is opened only when it does not exist.
  const unique = `${process.pid}-${Date.now().toString(36)}-${asideCount}`;
  return join(
    dirname(destination),
    `.${basename(destination).slice(0, 100)}.${unique}${ASIDE_SUFFIX}`,
  );
}

/** `ERR_ISO_WRITE_FAILED` out of a system error; everything else stays what it is. */
export function writeFailed(destination: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (isMachineError(error) || code === undefined || !(error instanceof Error)) return error;
  return new MachineError(`writing ${destination} failed: ${error.message}`, {
    code: "ERR_ISO_WRITE_FAILED",
    hint: HINTS.get(code),
    cause: error,
  });
}

/**
 * Creates a file through `write` and puts it in the place of `destination` in one step. When anything
 * fails the old file stays, or none.
 *
 * @param mode permissions whatever the umask; undefined for 0666 less the umask
 */
export async function writeAside<T>(
  destination: string,
  mode: number | undefined,
  write: (handle: FileHandle) => Promise<T>,
  logger?: Logger,
): Promise<T> {
  const aside = asideName(destination);
  try {
    const handle = await open(aside, "wx", mode ?? 0o666);
    try {
      let result: T;
      try {
        result = await write(handle);
        if (mode !== undefined) await handle.chmod(mode);
      } finally {
        await handle.close();
      }
      await rename(aside, destination);
      return result;
    } catch (error) {
      await discard(aside, logger);
      throw error;
    }
  } catch (error) {
    throw writeFailed(destination, error);
  }
}

/** Removes what did not become whole; a failure of that is logged, for it is not the first. */
export async function discard(aside: string, logger: Logger | undefined): Promise<void> {
  try {
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    logger?.warn("an unfinished extraction could not be removed", { path: aside, error });
  }
}

/** Writes all of `bytes` at `position`: a single write may take less. */
export async function writeFully(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
