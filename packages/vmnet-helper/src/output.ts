import type { Host } from "@vfkit-machine/host";
import { randomBytes } from "node:crypto";
import { lstat, open, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MAX_INTERFACE_BYTES } from "./defaults.js";
import { badOutput } from "./interface-line.js";

const FIRST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 10;

/**
 * A file without a name for the helper's stdout. A pipe would break when we end, and the helper
 * outlives us; a file with a name would be one more to look after.
 */
export async function openOutput(logPath: string): Promise<FileHandle> {
  const path = join(dirname(logPath), `.vmnet-helper-${randomBytes(6).toString("hex")}.out`);
  const handle = await open(path, "wx+", 0o600);
  await unlink(path);
  return handle;
}

/** Waits for the first line that the helper prints. There is no event for a file without a name: it looks every 10 ms. */
export async function waitForLine(
  host: Host,
  output: FileHandle,
  signal: AbortSignal,
): Promise<string> {
  const buffer = Buffer.alloc(MAX_INTERFACE_BYTES + 1);
  let length = 0;
  let line: string | undefined;
  await lookUntil(host, signal, async () => {
    for (;;) {
      const { bytesRead } = await output.read(buffer, length, buffer.length - length, length);
      const end = buffer.subarray(length, length + bytesRead).indexOf("\n");
      if (end >= 0) line = buffer.toString("utf8", 0, length + end);
      length += bytesRead;
      if (line !== undefined || bytesRead === 0) return line !== undefined;
      if (length === buffer.length) throw badOutput(`is longer than ${MAX_INTERFACE_BYTES} bytes`);
    }
  });
  return line ?? "";
}

/** Waits until there is a socket at `path`. */
export async function waitForSocket(host: Host, path: string, signal: AbortSignal): Promise<void> {
  await lookUntil(host, signal, async () => {
    const found = await lstat(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    return found?.isSocket() === true;
  });
}

/** Looks, at once and then at least every 10 ms, until `look` says that it has seen enough. */
export async function lookUntil(
  host: Host,
  signal: AbortSignal,
  look: () => Promise<boolean>,
): Promise<void> {
  let pauseMs = FIRST_LOOK_MS;
  while (!(await look())) {
    await host.clock.sleep(pauseMs, { signal });
    pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS);
  }
}
