import { constants, type Dirent } from "node:fs";
import { open, readdir, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { MachineError, systemErrorCode } from "./errors.js";
import { lastLines } from "./text.js";

const SMALL_READ_BYTES = 4096;

/**
 * A FIFO without a writer is empty: without this, its open() waits for ever, and node, which cannot end
 * the thread that waits, with it.
 */
const READ_NOW = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Replaces a file in one step: readers see the old content or the new, also after a crash.
 *
 * @param options.mode permissions from the first instant on (default 0600)
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const content = typeof data === "string" ? data : Buffer.from(data);
  // Loaded by the first write: a program that only reads does not wait for it.
  const { default: writeAtomic } = await import("write-file-atomic");
  await writeAtomic(path, content, { mode: options.mode ?? 0o600 });
}

/**
 * Reads a file that somebody else wrote, up to a limit.
 *
 * @throws MachineError `ERR_FILE_TOO_LARGE`; system errors as they are (`ENOENT`, `EACCES`, ...)
 */
export async function readFileBounded(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path, READ_NOW);
  try {
    const { size } = await handle.stat();
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      // Files of /proc say that they are empty, and any file may grow while it is read.
      const expected = Math.max(size - length, SMALL_READ_BYTES);
      // One byte more than is allowed tells a full file from one that is too large.
      const chunk = Buffer.allocUnsafe(Math.min(expected, maxBytes - length) + 1);
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      chunks.push(chunk.subarray(0, bytesRead));
      length += bytesRead;
      if (length > maxBytes) {
        throw new MachineError(`${path} is larger than ${maxBytes} bytes`, {
          code: "ERR_FILE_TOO_LARGE",
        });
      }
    }
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
  } finally {
    await handle.close();
  }
}

/**
 * The end of a log: its last lines that are not blank, without control characters. Reads at most
 * 64 KiB however long the log is.
 *
 * @returns an empty list when the file is absent or empty
 */
export async function readLastLines(path: string, count = 10): Promise<string[]> {
  const limit = 64 * 1024;
  try {
    const handle = await open(path, READ_NOW);
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.min(size, limit));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, Math.max(0, size - limit));
      return lastLines(buffer.toString("utf8", 0, bytesRead), count);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * Removes a file, a link or a socket. @returns whether there was one
 *
 * Not by `rm`: up to Node.js 20 its look at a socket makes the next `import()` of a linked package
 * fail (https://github.com/nodejs/node/issues/51142), and modules here are loaded when first needed.
 */
export async function removeIfPresent(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Every entry below a directory, however deep, each directory before what is in it. Links are listed
 * and never followed.
 *
 * Not by `recursive` of `readdir`: from Node.js 26 on that follows links, out of the tree as well.
 *
 * @throws the system's error, such as `ENOENT`
 */
export async function readTree(path: string): Promise<Dirent[]> {
  const found: Dirent[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    found.push(entry);
    if (entry.isDirectory()) found.push(...(await readTree(join(path, entry.name))));
  }
  return found;
}

/**
 * Removes a directory with all that is in it; nothing is said when it is not there.
 *
 * Sockets and FIFOs go first, before `rm` could look at them: see {@link removeIfPresent}.
 */
export async function removeTree(path: string): Promise<void> {
  let entries;
  try {
    entries = await readTree(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  for (const entry of entries) {
    if (entry.isSocket() || entry.isFIFO())
      await removeIfPresent(join(entry.parentPath, entry.name));
  }
  await rm(path, { recursive: true, force: true });
}
