import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { chmod, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What a copy says when it fails. */
export function copyError(message: string, hint?: string): MachineError {
  return new MachineError(message, { code: "ERR_COPY_FAILED", hint });
}

/** The last part of a path, as what is copied is called; `.` stands for the directory itself, as in cp. */
export function entryName(path: string): string {
  const name = basename(path);
  return name === ".." ? "." : name;
}

/** What is there, links followed; undefined when nothing is. */
export async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** For what is opened and never ends: a FIFO, a device, a socket. */
export function neitherError(path: string, hint?: string): MachineError {
  return copyError(`${path} is neither a file nor a directory`, hint);
}

/** Opens a file of this computer, before anything is done to the one that it will replace. */
export async function openSource(path: string): Promise<Readable> {
  try {
    return (await open(path, "r")).createReadStream();
  } catch (error) {
    throw copyError(`cannot read ${path}: ${systemErrorCode(error) ?? String(error)}`);
  }
}

/** A file of this computer that is being written. Until `commit` it has a name of its own beside the old one. */
export interface Destination {
  readonly stream: Writable;
  /** Puts it in its place, in one step. */
  commit(mode: number): Promise<void>;
  /** Deletes it. */
  discard(): Promise<void>;
}

/**
 * Begins a file that nobody else can read, and that no other copy writes to: the mode comes at the
 * end. A link is followed, as cp does.
 */
export async function openDestination(path: string): Promise<Destination> {
  const found = await statIfPresent(path);
  if (found?.isFile() === false) {
    throw neitherError(path, "To see a file: vfm ssh NAME -- cat FILE");
  }
  const to = found === undefined ? path : await realpath(path);
  const part = join(dirname(to), `.vfm-part-${randomBytes(6).toString("hex")}`);
  const handle = await open(part, "wx", 0o600).catch((error: unknown) => {
    const code = systemErrorCode(error);
    throw copyError(
      code === "ENOENT"
        ? `there is no directory ${dirname(path)} here`
        : `cannot write to ${dirname(path)} here: ${code ?? String(error)}`,
    );
  });
  const stream = handle.createWriteStream();
  return {
    stream,
    commit: async (mode) => {
      await chmod(part, mode);
      await rename(part, to);
    },
    discard: async () => {
      stream.destroy();
      await rm(part, { force: true });
    },
  };
}
