import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { isMainThread } from "node:worker_threads";
import { definedOnly } from "./environment.js";
import type { Daemon, DaemonOptions, ProcessEnd } from "./runner.js";
import { startError } from "./start-error.js";
import { DAEMON_DIRECTORY } from "./working-directory.js";

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
    child = withPrivateUmask(() =>
      spawn(file, args, {
        detached: true,
        stdio: ["ignore", options.stdout?.fd ?? "ignore", options.stderr?.fd ?? "ignore"],
        env: definedOnly(options.env ?? {}),
        cwd: options.cwd ?? DAEMON_DIRECTORY,
      }),
    );
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

/**
 * What the process makes, its sockets above all, is its owner's alone from the first instant: umask
 * 077, which it inherits, for spawn() has forked when it returns. In a worker the mask, which is the
 * whole program's, cannot be set: there the program's own counts.
 */
function withPrivateUmask<T>(work: () => T): T {
  if (!isMainThread) return work();
  const before = process.umask(0o077);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
