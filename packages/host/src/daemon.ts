import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { definedOnly } from "./environment.js";
import type { Daemon, DaemonOptions, ProcessEnd } from "./runner.js";
import { startError } from "./start-error.js";

/**
 * The `session: "new"` half of {@link Runner.startDaemon}. node:child_process rather than execa, which
 * adds an exit hook and stream plumbing that a process which outlives us has no use for.
 */
export async function startDaemon(
  file: string,
  args: readonly string[],
  options: DaemonOptions,
): Promise<Daemon> {
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      detached: true,
      stdio: ["ignore", options.stdout?.fd ?? "ignore", options.stderr?.fd ?? "ignore"],
      env: definedOnly(options.env ?? {}),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    await once(child, "spawn");
  } catch (error) {
    throw await startError(file, error, options.cwd);
  }
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} was spawned but has no pid`);
  return { pid, exited };
}
