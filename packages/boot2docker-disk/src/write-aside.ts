import { randomBytes } from "node:crypto";
import { link, lstat, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { abortedError, CleanupStack, systemErrorCode } from "@vfkit-machine/host";
import { DISK_MODE } from "./defaults.js";
import { diskError, existsError } from "./errors.js";

/** How file systems without hard links refuse one. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/** How a directory refuses to be flushed, or to be opened for that. */
const NO_DIRECTORY_SYNC: ReadonlySet<string> = new Set([
  "EACCES",
  "EPERM",
  "EINVAL",
  "ENOTSUP",
  "EBADF",
]);

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
    cleanup.defer(`removing ${path}`, () => rm(path, { force: true }));
    // The second name goes before success is reported: a failure takes the first one back.
    await rm(aside, { force: true });
    await syncDirectory(dirname(path));
    cleanup.release();
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
    if (!NO_HARD_LINKS.has(systemErrorCode(error) ?? "")) throw error;
    await claimName(aside, path);
  }
}

/** Where there are no hard links (exFAT, some network volumes): claims the name, then replaces the claim. */
export async function claimName(aside: string, path: string): Promise<void> {
  await (await open(path, "wx", DISK_MODE)).close();
  try {
    await rename(aside, path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Makes the new name survive a power cut, where the file system can. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has(systemErrorCode(error) ?? "")) throw error;
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
