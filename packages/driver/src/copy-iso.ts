import { MachineError, removeIfPresent, systemErrorCode } from "@vfkit-machine/host";
import { createReadStream } from "node:fs";
import { chmod, constants, copyFile, open, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies an image: as a copy-on-write clone where the file system can, which takes no time and no
 * space, else byte by byte. The copy is 0600.
 *
 * @throws MachineError `ERR_ISO_CHANGED`; system errors as they are; `AbortError`
 */
export async function copyIso(
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly sizeBytes: number; readonly cloned: boolean }> {
  const cloned = await clone(from, to);
  if (!cloned) await copyBytes(from, to, signal);
  const [source, copy] = await Promise.all([stat(from), stat(to)]);
  if (source.size === copy.size) return { sizeBytes: copy.size, cloned };
  throw new MachineError(
    `${from} changed while it was copied: ${copy.size} bytes were read, now it has ${source.size}`,
    { code: "ERR_ISO_CHANGED", hint: "Wait until its download is complete." },
  );
}

async function clone(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    // It cannot clone, or not from there to here. If it is something else, the copy will meet it.
    await removeIfPresent(to);
    return false;
  }
  await chmod(to, 0o600);
  return true;
}

// Not copyFile: it cannot be ended, and an image has hundreds of megabytes.
async function copyBytes(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const handle = await open(to, "wx", 0o600);
  await pipeline(
    createReadStream(from, { highWaterMark: CHUNK_BYTES }),
    handle.createWriteStream({ highWaterMark: CHUNK_BYTES }),
    signal === undefined ? {} : { signal },
  );
}
