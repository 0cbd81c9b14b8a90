import { commandFailedError } from "./command-errors.js";
import type { WaitOptions } from "./deadline.js";
import { isMachineError, MachineError } from "./errors.js";
import type { Host } from "./host.js";
import type { CommandResult } from "./runner.js";
import { quoteArgv } from "./text.js";

/** May a person be asked for a password? `"never"` is for scripts and the default everywhere. */
export type SudoConsent = "never" | "ask";

export interface SudoOptions extends WaitOptions {
  readonly consent?: SudoConsent | undefined;
  /** Called with the commands, as typed, before a person is asked for a password. */
  readonly onAsk?: ((commands: readonly string[]) => void) | undefined;
}

/** `argv` as root: itself when we are root, else through `sudo --non-interactive`. */
export function sudoArgv(host: Host, argv: readonly string[]): readonly string[] {
  return host.uid === 0 ? argv : [host.paths.sudo, "--non-interactive", "--", ...argv];
}

/** Would sudo run this command now, without a password? */
export async function sudoAllows(
  host: Host,
  argv: readonly string[],
  options: WaitOptions = {},
): Promise<boolean> {
  if (host.uid === 0) return true;
  const [sudo, ...args] = [host.paths.sudo, "--non-interactive", "--list", "--", ...argv];
  const result = await host.runner.run(sudo, args, { timeoutMs: 10_000, ...options });
  return result.exitCode === 0;
}

/**
 * Runs commands as root, in order, and stops at the first that fails. Only absolute paths are run.
 * When sudo wants a password and `consent` is `"ask"`, the person is asked once, on the terminal.
 *
 * @throws MachineError `ERR_SUDO_REFUSED`, `ERR_COMMAND_FAILED`, `ERR_TIMEOUT` (default 60 s each), `ERR_ABORTED`
 */
export async function runAsRoot(
  host: Host,
  commands: readonly (readonly string[])[],
  options: SudoOptions = {},
): Promise<CommandResult[]> {
  const { signal, timeoutMs = 60_000 } = options;
  for (const [file] of commands) requireAbsolute(file);
  await ensureSudo(host, commands, options);
  const results: CommandResult[] = [];
  for (const command of commands) {
    const [file = "", ...args] = sudoArgv(host, command);
    const result = await host.runner.run(file, args, { signal, timeoutMs });
    results.push(result);
    if (result.exitCode === 0) continue;
    throw isSudoRefusal(result.stderr)
      ? refusedError([command], result)
      : commandFailedError(result);
  }
  return results;
}

/**
 * Makes sure that sudo will run `commands` without a password from here on.
 *
 * @throws MachineError `ERR_SUDO_REFUSED`
 */
export async function ensureSudo(
  host: Host,
  commands: readonly (readonly string[])[],
  options: SudoOptions = {},
): Promise<void> {
  if (host.uid === 0) return;
  const { signal, timeoutMs = 60_000, consent = "never", onAsk } = options;
  const allowed = await Promise.all(
    commands.map((argv) => sudoAllowsOrMissing(host, argv, signal)),
  );
  if (allowed.every(Boolean)) return;
  if (consent === "never") throw refusedError(commands);
  onAsk?.(commands.map(quoteArgv));
  const asked = await host.runner.run(host.paths.sudo, ["--validate"], {
    signal,
    timeoutMs,
    stdio: "inherit",
  });
  if (asked.exitCode !== 0) throw refusedError(commands, asked);
}

async function sudoAllowsOrMissing(
  host: Host,
  argv: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return await sudoAllows(host, argv, { signal });
  } catch (error) {
    if (isMachineError(error, "ERR_COMMAND_NOT_FOUND"))
      throw refusedError([argv], undefined, error);
    throw error;
  }
}

function requireAbsolute(file: string | undefined): void {
  if (file?.startsWith("/") === true) return;
  throw new MachineError(`refusing to run ${JSON.stringify(file)} as root: not an absolute path`, {
    code: "ERR_SUDO_REFUSED",
  });
}

function isSudoRefusal(stderr: string): boolean {
  return /^sudo: |is not (?:allowed|in the sudoers)|may not run sudo/m.test(stderr);
}

function refusedError(
  commands: readonly (readonly string[])[],
  result?: CommandResult,
  cause?: unknown,
): MachineError {
  const typed = commands.map((argv) => `sudo ${quoteArgv(argv)}`).join("\n  ");
  const said = result?.stderr.trim() ?? "";
  return new MachineError(
    `sudo will not run this without a password:\n  ${typed}${said === "" ? "" : `\n  ${said}`}`,
    {
      code: "ERR_SUDO_REFUSED",
      hint: "Run it once yourself in a terminal, or allow it in sudoers for use without one.",
      cause,
    },
  );
}
