import type { execa as Execa } from "execa";
import type { ChildProcess } from "node:child_process";
import { systemClock } from "./clock.js";
import { commandTimeoutError, type CommandOutput } from "./command-errors.js";
import { abortedError, MachineError } from "./errors.js";
import type { CommandResult, Runner, RunOptions } from "./runner.js";
import { startError } from "./start-error.js";
import { definedOnly } from "./environment.js";
import { quoteArgv } from "./text.js";
import { workingDirectory } from "./working-directory.js";

const RUN_TIMEOUT_MS = 30_000;
const KILL_AFTER_MS = 2_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** @param hostEnv the environment of commands that are given none */
export function createRunner(hostEnv: Readonly<Record<string, string | undefined>>): Runner {
  return {
    run: (file, args, { env = hostEnv, ...options } = {}) => run(file, args, { env, ...options }),
    // Loaded by the first daemon, as execa is by the first command.
    startDaemon: async (file, args, { session = "new", env = hostEnv, ...options } = {}) => {
      if (session === "new") {
        const { startDaemon } = await import("./daemon.js");
        return startDaemon(file, args, { env, ...options });
      }
      const { startTerminalDaemon } = await import("./terminal-daemon.js");
      return startTerminalDaemon(file, args, { env, ...options });
    },
  };
}

async function run(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  const { signal, timeoutMs = RUN_TIMEOUT_MS, maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const argv = [file, ...args];
  // Loaded by the first command: it takes longer than all the rest of this package together, and
  // many a program that imports the package runs none.
  const { execa } = await import("execa");
  if (signal?.aborted === true) throw abortedError(quoteArgv(argv), signal);
  const canceller = new AbortController();
  let subprocess: ReturnType<typeof launch>;
  try {
    subprocess = launch(execa, file, args, { ...options, maxOutputBytes }, canceller.signal);
  } catch (error) {
    throw await startError(file, error, options.cwd);
  }
  let cutOff: ((said: CommandOutput) => MachineError) | undefined;
  const cut = (error: (said: CommandOutput) => MachineError): void => {
    cutOff ??= error;
    canceller.abort();
    afterExit(subprocess, () => {
      // What the command has started may hold its output open for ever.
      subprocess.stdout?.destroy();
      subprocess.stderr?.destroy();
    });
  };
  const onAbort = (): void => cut(() => abortedError(quoteArgv(argv), signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  const cancelTimer = systemClock.schedule(timeoutMs, () =>
    cut((said) => commandTimeoutError(said, timeoutMs)),
  );
  const result = await subprocess;
  cancelTimer();
  signal?.removeEventListener("abort", onAbort);
  const output = { argv, stdout: decode(result.stdout), stderr: decode(result.stderr) };
  if (cutOff !== undefined) throw cutOff(output);
  if (result.isMaxBuffer) throw outputTooLarge(argv, maxOutputBytes);
  const neverRan = result.failed && result.exitCode === undefined && result.signal === undefined;
  if (neverRan) throw await startError(file, result.cause ?? result, options.cwd);
  return { ...output, exitCode: result.exitCode, signal: result.signal };
}

// The return type is execa's own, and long.
function launch(
  execa: typeof Execa,
  file: string,
  args: readonly string[],
  options: RunOptions & { readonly maxOutputBytes: number },
  cancelSignal: AbortSignal,
) {
  return execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    extendEnv: false,
    env: definedOnly(options.env ?? {}),
    cwd: options.cwd ?? workingDirectory(),
    ...(options.stdio === "inherit" ? { stdio: "inherit" } : stdinOf(options.input)),
    cancelSignal,
    maxBuffer: options.maxOutputBytes,
    // As text, execa would count characters and not bytes.
    encoding: "buffer",
    forceKillAfterDelay: KILL_AFTER_MS,
  });
}

function afterExit(child: ChildProcess, callback: () => void): void {
  if (child.exitCode !== null || child.signalCode !== null) callback();
  else child.once("exit", callback);
}

function decode(output: unknown): string {
  return output instanceof Uint8Array ? Buffer.from(output).toString("utf8") : "";
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
