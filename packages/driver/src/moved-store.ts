import { systemErrorCode } from "@vfkit-machine/host";
import { stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { SOCKET_PATH_MAX_BYTES } from "./defaults.js";

/**
 * The socket that a machine's process was started with, when its directory has another path by now:
 * the store was moved while the machine runs, or is reached by another spelling of its path.
 *
 * A copy of a store has the same record, and no part in the process: there the recorded directory is
 * still where it was, and another one.
 *
 * @param recorded as the record of the process has it
 * @param now where the machine's socket is
 */
export async function formerSocket(
  recorded: string | undefined,
  now: string,
): Promise<string | undefined> {
  if (recorded === undefined || recorded === now || !isAbsolute(recorded)) return undefined;
  if (Buffer.byteLength(recorded) > SOCKET_PATH_MAX_BYTES || recorded.includes("\0"))
    return undefined;
  const [before, here] = await Promise.all([
    identityOf(dirname(recorded)),
    identityOf(dirname(now)),
  ]);
  return before === undefined || before === here ? recorded : undefined;
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
