import { systemErrorCode } from "./errors.js";

/** Where a process is that outlives us. */
export const DAEMON_DIRECTORY = "/";

/** Our own, or `/` when it was deleted: no program can be started there. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    return "/";
  }
}
