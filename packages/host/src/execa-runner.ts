import { execa } from "execa";
import { spawn } from "node:child_process";
import { spawnError } from "./command-errors.js";
import { abortedError, MachineError, timeoutError } from "./errors.js";
import type {
  CommandResult,
  Daemon,
  DaemonOptions,
  ProcessEnd,
  Runner,
  RunOptions,
} from "./runner.js";
import { definedOnly, startTerminalDaemon } from "./terminal-daemon.js";
import { quoteArgv } from "./text.js";

const RUN_TIMEOUT_MS = 30_000;
const KILL_AFTER_MS = 2_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** @param env the environment of commands that are given none */
export function createRunner(env: Readonly<Record<string, string | undefined>>): Runner {
  return {
    run: (file, args, options = {}) => run(file, args, { env, ...options }),
    startDaemon: (file, args, { session = "new", ...options } = {}) =>
      session === "new"
        ? startDaemon(file, args, { env, ...options })
        : startTerminalDaemon(file, args, { env, ...options }),
  };
}

async function run(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  const { signal, timeoutMs = RUN_TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const argv = [file, ...args];
  if (signal?.aborted === true) throw abortedError(quoteArgv(argv), signal);
  const inherit = options.stdio === "inherit";
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    extendEnv: false,
    env: definedOnly(options.env ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(inherit ? { stdio: "inherit" } : stdinOf(options.input)),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    timeout: timeoutMs,
    maxBuffer: maxOutputBytes,
    encoding: "utf8",
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  if (result.timedOut) throw timeoutError(quoteArgv(argv), timeoutMs);
  if (result.isCanceled) throw abortedError(quoteArgv(argv), signal);
  if (result.isMaxBuffer) throw outputTooLarge(argv, maxOutputBytes);
  const neverRan = result.failed && result.exitCode === undefined && result.signal === undefined;
  if (neverRan) throw spawnError(file, result.cause ?? result);
  return {
    argv,
    exitCode: result.exitCode,
    signal: result.signal,
    stdout: result.stdout ?? "",
    stderr: result.stderr ?? "",
  };
}

function stdinOf(
  input: string | Uint8Array | undefined,
): { input: string | Uint8Array } | { stdin: "ignore" } {
  return input === undefined ? { stdin: "ignore" } : { input };
}

function outputTooLarge(argv: readonly string[], maxOutputBytes: number): MachineError {
  return new MachineError(`${quoteArgv(argv)} printed more than ${maxOutputBytes} bytes`, {
    code: "ERR_OUTPUT_TOO_LARGE",
  });
}

// node:child_process rather than execa: execa adds an exit hook and stream plumbing that a process
// which outlives us has no use for.
async function startDaemon(
  file: string,
  args: readonly string[],
  options: DaemonOptions,
): Promise<Daemon> {
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", options.stdout?.fd ?? "ignore", options.stderr?.fd ?? "ignore"],
    env: definedOnly(options.env ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(spawnError(file, error)));
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} was spawned but has no pid`);
  return { pid, exited };
}
