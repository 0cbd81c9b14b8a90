import { systemErrorCode } from "@vfkit-machine/host";
import { watch } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** File systems that report nothing are looked at this often. */
const LOOK_MS = 1000;

export interface FollowOptions {
  /** Only the last lines; default: all. */
  readonly lines?: number | undefined;
  /** Go on as the file grows, until `signal` aborts or the directory that it is in is gone. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly write: (bytes: Uint8Array) => void;
}

/**
 * Writes a file, or its end, and what is added to it. A file that is replaced or cut short (a new
 * start begins a new log) is begun anew.
 *
 * @throws ENOENT when there is no such file
 */
export async function followFile(path: string, options: FollowOptions): Promise<void> {
  const { lines, follow, signal, write } = options;
  let handle = await open(path, "r");
  try {
    let offset = lines === undefined ? 0 : await startOfLastLines(handle, lines);
    offset = await copyFrom(handle, offset, write);
    if (!follow) return;
    for await (const _ of changesOf(path, signal)) {
      const [now, held] = await Promise.all([statIfPresent(path), handle.stat()]);
      if (now !== undefined && now.ino !== held.ino) {
        await copyFrom(handle, offset, write);
        await handle.close();
        handle = await open(path, "r");
        offset = 0;
      } else if (held.size < offset) offset = 0;
      offset = await copyFrom(handle, offset, write);
      if (now === undefined && (await statIfPresent(dirname(path))) === undefined) return;
    }
  } finally {
    await handle.close();
  }
}

/** Where the last lines begin. Reads backwards, however long the file is. */
async function startOfLastLines(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let wanted = lines;
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      // The newline that ends the file ends its last line and begins none.
      if (buffer[at] !== NEWLINE || from + at === size - 1) continue;
      wanted -= 1;
      if (wanted === 0) return from + at + 1;
    }
    end = from;
  }
  return lines === 0 ? size : 0;
}

async function copyFrom(
  handle: FileHandle,
  offset: number,
  write: (bytes: Uint8Array) => void,
): Promise<number> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let at = offset;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return at;
    write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** Yields whenever the file may have changed; ends when the signal aborts. */
async function* changesOf(path: string, signal: AbortSignal): AsyncGenerator<void> {
  let wake: (() => void) | undefined;
  const name = basename(path);
  // The directory: a file that is replaced is another file.
  const watcher = watch(dirname(path), (_event, changed) => {
    if (changed === null || changed === name) wake?.();
  });
  const timer = setInterval(() => wake?.(), LOOK_MS);
  const onAbort = (): void => wake?.();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      yield;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
      });
    }
  } finally {
    watcher.close();
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function statIfPresent(path: string): Promise<{ readonly ino: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
