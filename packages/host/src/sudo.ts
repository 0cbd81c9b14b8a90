import { commandFailedError, indent } from "./command-errors.js";
import type { WaitOptions } from "./deadline.js";
import { isMachineError, MachineError } from "./errors.js";
import type { Host } from "./host.js";
import type { CommandResult } from "./runner.js";
import { sudoRefusal, type SudoRefusal } from "./sudo-refusal.js";
import { quoteArgv, stripControlCharacters } from "./text.js";

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

/**
 * Does sudo run this command now, without a password? It is **run** to find out, so give a harmless
 * form of it (`--version`). Its own exit code does not matter.
 *
 * Running is the only honest question: `sudo --list COMMAND` needs no password as soon as any one
 * rule of the user has `NOPASSWD`, and then also answers yes for commands that would need one.
 *
 * @throws MachineError `ERR_SUDO_REFUSED` when there is no sudo, `ERR_TIMEOUT` (default 10 s),
 *   `ERR_ABORTED`
 */
export async function sudoAllows(
  host: Host,
  probe: readonly string[],
  { signal, timeoutMs = 10_000 }: WaitOptions = {},
): Promise<boolean> {
  if (host.uid === 0) return true;
  const result = await runThroughSudo(host, probe, { signal, timeoutMs });
  return refusalIn(result) === undefined;
}

/**
 * Makes sure that sudo will run commands of which `probes` are harmless forms, and asks the person
 * once when it does not and `consent` is `"ask"`.
 *
 * @throws MachineError `ERR_SUDO_REFUSED`, `ERR_TIMEOUT` (default 60 s each), `ERR_ABORTED`
 */
export async function ensureSudo(
  host: Host,
  probes: readonly (readonly string[])[],
  options: SudoOptions = {},
): Promise<void> {
  await runAll(host, probes, options, () => undefined);
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
  return runAll(host, commands, options, (result) => {
    if (result.exitCode !== 0) throw commandFailedError(result);
  });
}

/**
 * Has sudo ask for the password on the terminal, once, and remember it for the terminal (about
 * 5 minutes). Says nothing about whether a command is permitted.
 *
 * @param commands what the password is wanted for; handed to `onAsk` as typed
 * @throws MachineError `ERR_SUDO_REFUSED`, `ERR_TIMEOUT` (default 60 s), `ERR_ABORTED`
 */
export async function askForPassword(
  host: Host,
  commands: readonly (readonly string[])[],
  options: SudoOptions = {},
): Promise<void> {
  const { signal, timeoutMs = 60_000, onAsk } = options;
  onAsk?.(commands.map((argv) => `sudo ${quoteArgv(argv)}`));
  const asked = await host.runner.run(host.paths.sudo, ["--validate"], {
    signal,
    timeoutMs,
    stdio: "inherit",
  });
  if (asked.exitCode !== 0) throw refusedError(commands, asked, "password");
}

async function runAll(
  host: Host,
  commands: readonly (readonly string[])[],
  options: SudoOptions,
  check: (result: CommandResult) => void,
): Promise<CommandResult[]> {
  const { signal, timeoutMs = 60_000, consent = "never" } = options;
  for (const [file] of commands) requireAbsolute(file);
  const results: CommandResult[] = [];
  let mayAsk = consent === "ask";
  for (const [index, command] of commands.entries()) {
    let result = await runThroughSudo(host, command, { signal, timeoutMs });
    if (refusalIn(result) === "password" && mayAsk) {
      mayAsk = false;
      await askForPassword(host, commands.slice(index), options);
      result = await runThroughSudo(host, command, { signal, timeoutMs });
    }
    const refusal = refusalIn(result);
    if (refusal !== undefined) throw refusedError([command], result, refusal);
    check(result);
    results.push(result);
  }
  return results;
}

async function runThroughSudo(
  host: Host,
  command: readonly string[],
  options: WaitOptions,
): Promise<CommandResult> {
  const [file = "", ...args] = sudoArgv(host, command);
  // Its messages are read: they have to be in one language.
  const env = { ...host.env, LC_ALL: "C" };
  try {
    return await host.runner.run(file, args, { ...options, env });
  } catch (error) {
    if (file === host.paths.sudo && isMachineError(error, "ERR_COMMAND_NOT_FOUND"))
      throw noSudoError(file, command, error);
    throw error;
  }
}

/** sudo's own failures end with exit code 1; when we are root there is no sudo to refuse. */
function refusalIn(result: CommandResult): SudoRefusal | undefined {
  const throughSudo = result.argv[1] === "--non-interactive";
  return throughSudo && result.exitCode === 1 ? sudoRefusal(result.stderr) : undefined;
}

function requireAbsolute(file: string | undefined): void {
  if (file?.startsWith("/") === true) return;
  throw new MachineError(`refusing to run ${JSON.stringify(file)} as root: not an absolute path`, {
    code: "ERR_SUDO_REFUSED",
  });
}

const REFUSALS: Readonly<Record<SudoRefusal, { readonly what: string; readonly hint: string }>> = {
  password: {
    what: "sudo will not run this without a password",
    hint: "Run it once yourself in a terminal, or allow it in sudoers for use without one.",
  },
  denied: { what: "sudo does not permit this", hint: "Allow it in sudoers." },
};

function refusedError(
  commands: readonly (readonly string[])[],
  { stderr }: CommandResult,
  refusal: SudoRefusal,
): MachineError {
  const { what, hint } = REFUSALS[refusal];
  const typed = commands.map((argv) => `sudo ${quoteArgv(argv)}`);
  const said = stripControlCharacters(stderr).trim();
  const lines = [...typed, ...(said === "" ? [] : [said])];
  return new MachineError(`${what}:\n${indent(lines)}`, { code: "ERR_SUDO_REFUSED", hint });
}

function noSudoError(sudo: string, command: readonly string[], cause: unknown): MachineError {
  return new MachineError(`there is no ${sudo} to run this as root: ${quoteArgv(command)}`, {
    code: "ERR_SUDO_REFUSED",
    hint: "Run it yourself as root.",
    cause,
  });
}
