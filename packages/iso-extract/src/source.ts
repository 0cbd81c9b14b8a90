import type { Stats } from "node:fs";
import { constants, open, type FileHandle } from "node:fs/promises";
import { invalidArgument, readFailed } from "./errors.js";
import type { ByteSource, IsoInput } from "./types.js";

/** A source and how to give it back. */
export interface OpenedSource {
  readonly source: ByteSource;
  /** Does nothing for what the caller opened. */
  close(): Promise<void>;
}

/** Opens what can be read at any position: a path, a file handle, or a source of the caller. */
export async function openSource(input: IsoInput): Promise<OpenedSource> {
  if (typeof input === "string") {
    if (input === "" || input.includes("\0")) {
      throw invalidArgument(`the path of an image cannot be ${JSON.stringify(input)}`);
    }
    const handle = await openForReading(input);
    try {
      return { source: await fileSource(handle, input), close: () => handle.close() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
  if (isFileHandle(input)) {
    return { source: await fileSource(input, `file descriptor ${input.fd}`), close: doNothing };
  }
  if (typeof input?.read !== "function" || !isSize(input.sizeBytes)) {
    throw invalidArgument(
      "an image is opened from a path, a FileHandle or a ByteSource (sizeBytes and read)",
    );
  }
  return { source: input, close: doNothing };
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Non-blocking: a named pipe must be refused, not waited for.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw readFailed(path, error);
  }
}

async function fileSource(handle: FileHandle, name: string): Promise<ByteSource> {
  const status = await statusOf(handle, name);
  if (!status.isFile() && !status.isBlockDevice()) {
    throw readFailed(name, new Error("it is neither a file nor a block device"));
  }
  return {
    name,
    // A drive tells no length: its end shows when a read comes back empty.
    sizeBytes: status.isFile() ? status.size : Number.MAX_SAFE_INTEGER,
    read: async (target, position) =>
      (await handle.read(target, 0, target.length, position)).bytesRead,
  };
}

async function statusOf(handle: FileHandle, name: string): Promise<Stats> {
  try {
    return await handle.stat();
  } catch (error) {
    throw readFailed(name, error);
  }
}

function isFileHandle(input: FileHandle | ByteSource): input is FileHandle {
  return typeof input === "object" && input !== null && "fd" in input && "stat" in input;
}

function isSize(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

async function doNothing(): Promise<void> {}
