import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { spawnError } from "./command-errors.js";
import { withDeadline } from "./deadline.js";
import { definedOnly } from "./environment.js";
import { MachineError } from "./errors.js";
import { isExecutable } from "./find-executable.js";
import type { Daemon, DaemonOptions, ProcessEnd } from "./runner.js";
import { DAEMON_DIRECTORY } from "./working-directory.js";

const SHELL = "/bin/bash";
const LAUNCH_TIMEOUT_MS = 10_000;

// Node can make a session but not a process group; a shell's job control can. It has to be bash,
// which every macOS has: dash and zsh take the terminal for themselves when told `set -m`, so that a
// Ctrl-C would no longer reach us.
//
// The first job is the daemon. The second ends this shell when our end of its stdin closes, that is
// when we end, whatever way: the shell is only there to tell us how the daemon ended.
const LAUNCHER = `set -m
umask 077
"$@" </dev/null 3>&- &
daemon=$!
trap "" INT QUIT HUP TERM TSTP
exec 2>/dev/null
{ read -r _; kill -KILL $$; } >/dev/null 3>&- &
watcher=$!
echo "$daemon" >&3
exec 3>&-
wait "$daemon"
status=$?
kill -KILL "$watcher"
exit "$status"`;

/** The `session: "terminal"` half of {@link Runner.startDaemon}. */
export async function startTerminalDaemon(
  file: string,
  args: readonly string[],
  options: DaemonOptions,
): Promise<Daemon> {
  for (const program of [SHELL, file]) {
    if (!(await isExecutable(program))) throw notExecutable(program);
  }
  const child = spawn(SHELL, ["-c", LAUNCHER, "launcher", file, ...args], {
    stdio: ["pipe", options.stdout?.fd ?? "ignore", options.stderr?.fd ?? "ignore", "pipe"],
    env: definedOnly(options.env ?? {}),
    cwd: options.cwd ?? DAEMON_DIRECTORY,
  });
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve(endOf(exitCode, signal)));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(spawnError(SHELL, error)));
  });
  try {
    const pid = await withDeadline(
      `waiting for ${SHELL} to start ${file}`,
      { timeoutMs: LAUNCH_TIMEOUT_MS },
      () => readPid(child.stdio[3] as Readable, file),
    );
    child.unref();
    (child.stdin as { unref?: () => void } | null)?.unref?.();
    return { pid, exited };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

async function readPid(stream: Readable, file: string): Promise<number> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  const pid = Number(text);
  if (Number.isSafeInteger(pid) && pid > 0) return pid;
  throw new Error(`${SHELL} was to print the pid of ${file} and printed ${JSON.stringify(text)}`);
}

/** A shell reports a death by signal N as exit code 128 + N. */
function endOf(exitCode: number | null, signal: string | null): ProcessEnd {
  if (exitCode !== null && exitCode > 128) {
    const found = Object.entries(constants.signals).find(([, n]) => n === exitCode - 128);
    if (found !== undefined) return { exitCode: undefined, signal: found[0] };
  }
  return { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
}

function notExecutable(file: string): MachineError {
  return new MachineError(`cannot execute ${file}`, { code: "ERR_COMMAND_NOT_EXECUTABLE" });
}
