import type { FileHandle } from "node:fs/promises";
import type { WaitOptions } from "./deadline.js";

/** How a process ended: one of the two is set. */
export interface ProcessEnd {
  readonly exitCode: number | undefined;
  /** As in `SIGKILL`. */
  readonly signal: string | undefined;
}

/** What a finished command left. */
export interface CommandResult extends ProcessEnd {
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends WaitOptions {
  /** Ours when left out; `/` when ours was deleted. */
  readonly cwd?: string | undefined;
  /** The whole environment; the host's own when left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Written to stdin, which is then closed. Nothing when left out. */
  readonly input?: string | Uint8Array | undefined;
  /** Bytes kept of each of stdout and stderr (default 1 MiB); a command that prints more is ended with `ERR_OUTPUT_TOO_LARGE`. */
  readonly maxOutputBytes?: number | undefined;
  /** `"inherit"` hands the terminal over (default `"pipe"`): stdin, stdout and stderr are the caller's. */
  readonly stdio?: "pipe" | "inherit" | undefined;
}

/** How to start a process that outlives us. */
export interface DaemonOptions {
  /** `/` when left out: a process that outlives us must not keep a disk from being ejected. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** File handle that stdout is appended to; discarded when left out. */
  readonly stdout?: FileHandle | undefined;
  /** File handle that stderr is appended to; discarded when left out. */
  readonly stderr?: FileHandle | undefined;
  /**
   * `"new"` (the default) cuts the process off from our terminal: leader of a session of its own.
   * `"terminal"` keeps it in the terminal's session, as leader of a process group of its own: for
   * sudo, whose cached credentials belong to the terminal. A Ctrl-C reaches neither, and both
   * outlive the terminal. `"terminal"` needs `/bin/bash` (see terminal-daemon.ts) and takes an
   * absolute path.
   */
  readonly session?: "new" | "terminal" | undefined;
}

/**
 * A started daemon. It is not stopped when we end. Its umask is 077: what it makes is its owner's
 * alone. (Not when a worker thread starts it in a new session: a worker cannot set a umask.)
 */
export interface Daemon {
  readonly pid: number;
  /** Resolves when it ends while we are still alive. Does not keep our process alive. Never rejects. */
  readonly exited: Promise<ProcessEnd>;
}

/** Runs programs: argv arrays only, never a shell string. */
export interface Runner {
  /**
   * Runs a command to its end, that is until its output is closed, and resolves whatever its exit
   * code: see {@link assertSuccess}. At a timeout or an abort the process is sent SIGTERM, and
   * SIGKILL 2 s later; its output is not waited for then. An `ERR_TIMEOUT` carries the last lines of
   * both its outputs. `timeoutMs: Infinity` sets no limit.
   *
   * @throws MachineError `ERR_COMMAND_NOT_FOUND`, `ERR_COMMAND_NOT_EXECUTABLE`, `ERR_TIMEOUT`
   *   (default 30 s), `ERR_ABORTED`, `ERR_OUTPUT_TOO_LARGE`
   */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>;

  /**
   * Starts a process as leader of its own process group, and by default of its own session, with no
   * stdin and its output in files, so that it outlives us and a Ctrl-C in our terminal does not
   * reach it.
   *
   * @throws MachineError `ERR_COMMAND_NOT_FOUND`, `ERR_COMMAND_NOT_EXECUTABLE`; in a terminal's session
   *   the latter for both, and `ERR_TIMEOUT` when its shell does not start it within 10 s
   */
  startDaemon(file: string, args: readonly string[], options?: DaemonOptions): Promise<Daemon>;
}
