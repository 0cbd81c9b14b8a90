import type { Host } from "@vfkit-machine/host";
import { randomBytes } from "node:crypto";
import { lstat, open, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MAX_INTERFACE_BYTES } from "./defaults.js";
import { badOutput } from "./interface-line.js";

const FIRST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 10;
/** Ten times what a helper prints. */
const RESERVED_BYTES = 4096;

/**
 * A file without a name for the helper's stdout. A pipe would break when we end, and the helper
 * outlives us; a file with a name would be one more to look after. Its first bytes are taken at once:
 * on a full disk the helper could not write its line, and would be waited for in vain.
 *
 * @throws system errors as they are, `ENOSPC` among them
 */
export async function openOutput(logPath: string): Promise<FileHandle> {
  const path = join(dirname(logPath), `.vmnet-helper-${randomBytes(6).toString("hex")}.out`);
  const handle = await open(path, "wx+", 0o600);
  try {
    await unlink(path);
    // At a position: the offset, which the helper inherits, stays 0.
    await handle.write(Buffer.alloc(RESERVED_BYTES), 0, RESERVED_BYTES, 0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Waits for the first line that the helper prints. There is no event for a file without a name: it looks every 10 ms. */
export async function waitForLine(
  host: Host,
  output: FileHandle,
  signal: AbortSignal,
): Promise<string> {
  const buffer = Buffer.alloc(MAX_INTERFACE_BYTES + 1);
  let line: string | undefined;
  await lookUntil(host, signal, async () => {
    const { bytesRead } = await output.read(buffer, 0, buffer.length, 0);
    const end = buffer.subarray(0, bytesRead).indexOf("\n");
    if (end >= 0) line = buffer.toString("utf8", 0, end);
    else if (bytesRead === buffer.length)
      throw badOutput(`is longer than ${MAX_INTERFACE_BYTES} bytes`);
    return line !== undefined;
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
