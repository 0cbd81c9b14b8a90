import { access } from "node:fs/promises";
import { spawnError } from "./command-errors.js";
import { MachineError } from "./errors.js";

/**
 * The error for a program that could not be started, with its cause looked for: ENOENT is also what
 * a missing directory and a missing interpreter look like.
 */
export async function startError(
  file: string,
  error: unknown,
  cwd: string | undefined,
): Promise<MachineError> {
  const notFound = spawnError(file, error);
  if (notFound.code !== "ERR_COMMAND_NOT_FOUND") return notFound;
  const explain = (what: string): MachineError =>
    new MachineError(`cannot execute ${file}: ${what}`, {
      code: "ERR_COMMAND_NOT_EXECUTABLE",
      cause: error,
    });
  if (cwd !== undefined && !(await exists(cwd))) return explain(`there is no directory ${cwd}`);
  if (file.includes("/") && (await exists(file))) {
    return explain("the interpreter that its first line names is missing");
  }
  return notFound;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Missing or out of reach: either way the command could not use it.
    return false;
  }
}
