import { randomBytes } from "node:crypto";
import { link, lstat, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { abortedError, CleanupStack, systemErrorCode } from "@vfkit-machine/host";
import { DISK_MODE } from "./defaults.js";
import { diskError, existsError } from "./errors.js";

/**
 * Makes a new file in one step: `write` fills a file beside it, which is flushed to the disk and only
 * then given its name, so that there is the whole file or none, also after a crash or a power cut.
 *
 * @throws MachineError `ERR_DISK_EXISTS` when anything bears that name, be it since the first look;
 *   `ERR_ABORTED`; the system's errors by {@link diskError}
 */
export async function writeAside(
  path: string,
  signal: AbortSignal | undefined,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const what = "cannot create the disk";
  const cleanup = new CleanupStack();
  try {
    if (await exists(path)) throw existsError(path);
    const aside = join(
      dirname(path),
      `.${shortened(basename(path))}.${randomBytes(6).toString("hex")}`,
    );
    throwIfAborted(path, signal);
    const handle = await open(aside, "wx", DISK_MODE);
    cleanup.defer(`removing ${aside}`, () => rm(aside, { force: true }));
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    throwIfAborted(path, signal);
    await giveName(aside, path);
    await cleanup[Symbol.asyncDispose]();
    await syncDirectory(dirname(path));
  } catch (error) {
    await cleanup.unwind();
    throw diskError(what, path, error);
  }
}

/** Names `aside` `path` unless that is taken; `aside` may stay as a second name. */
async function giveName(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (
      !["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(systemErrorCode(error) ?? "")
    )
      throw error;
    // No hard links here (exFAT, some network volumes): claim the name, then replace the claim.
    await (await open(path, "wx", DISK_MODE)).close();
    await rename(aside, path);
  }
}

/** Makes the new name survive a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot flush a directory, and have nothing else to offer.
    if (!["EINVAL", "ENOTSUP", "EBADF", "EPERM"].includes(systemErrorCode(error) ?? ""))
      throw error;
  } finally {
    await handle.close();
  }
}

/** Also true of a link that leads nowhere: it bears the name. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Leaves room in a name of 255 bytes for what is added to it. */
function shortened(name: string): string {
  return Buffer.byteLength(name) > 200 ? "disk" : name;
}

function throwIfAborted(path: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(`creating the disk ${path}`, signal);
}
