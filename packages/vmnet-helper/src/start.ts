import {
  askForPassword,
  isMachineError,
  MachineError,
  removeIfPresent,
  sudoArgv,
  systemErrorCode,
  type Host,
  type SudoOptions,
} from "@vfkit-machine/host";
import { open } from "node:fs/promises";
import { helperArgv } from "./argv.js";
import { sudoRefusedError } from "./errors.js";
import { launch, type LaunchOptions } from "./launch.js";
import type { NetworkOptions } from "./network-options.js";
import { findHelperProcesses } from "./processes.js";
import { requireRootSafe } from "./root-safety.js";
import type { HelperRecord, RunningHelper, VmnetHelper } from "./types.js";

export interface StartHelperOptions extends NetworkOptions, SudoOptions {
  readonly helper: VmnetHelper;
  /** Absolute path of the socket to bind; at most 103 bytes. An old socket there is removed. */
  readonly socketPath: string;
  /** Absolute path of the helper's log (its stderr); begun anew, mode 0600. */
  readonly logPath: string;
  /** Called, and waited for, as soon as there is a process, so that it can be recorded before anything else. */
  readonly onSpawn?: ((record: HelperRecord) => unknown) | undefined;
  /** Milliseconds until the interface and the socket are there (default 30 s). */
  readonly timeoutMs?: number | undefined;
}

/**
 * Starts a vmnet-helper that outlives us, and waits until its interface is up and its socket there.
 *
 * It leads a process group that no Ctrl-C of our terminal reaches: in a session of its own when sudo
 * runs it by a rule or no sudo is needed, else in the terminal's session, because there and only
 * there sudo knows a password that was typed. On any failure nothing of it is left.
 *
 * @throws MachineError `ERR_INVALID_VMNET_OPTION`, `ERR_SOCKET_PATH_TOO_LONG`,
 *   `ERR_VMNET_HELPER_UNSAFE`, `ERR_VMNET_HELPER_ALREADY_RUNNING`, `ERR_VMNET_HELPER_SUDO_REFUSED`,
 *   `ERR_VMNET_HELPER_FAILED` when it ended, `ERR_VMNET_HELPER_BAD_OUTPUT`, `ERR_COMMAND_NOT_FOUND`,
 *   `ERR_COMMAND_NOT_EXECUTABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`; each with the end of the log
 */
export async function startVmnetHelper(
  host: Host,
  options: StartHelperOptions,
): Promise<RunningHelper> {
  const { helper, socketPath, logPath, onSpawn, signal, timeoutMs } = options;
  const args = helperArgv(options, { helperVersion: helper.version });
  if (helper.needsRoot) await requireRootSafe(host, helper.path);
  await requireFree(host, socketPath);
  const command = [helper.path, ...args];
  const argv = helper.needsRoot ? sudoArgv(host, command) : command;
  const attempt = { argv, socketPath, logPath, onSpawn, signal, timeoutMs };
  if (argv === command) return launch(host, { ...attempt, session: "new" });
  return launchThroughSudo(host, command, attempt, options);
}

/** Running it is the only way to learn whether sudo would: each attempt is the real thing. */
async function launchThroughSudo(
  host: Host,
  command: readonly string[],
  attempt: Omit<LaunchOptions, "session">,
  { consent = "never", onAsk, signal, helper }: StartHelperOptions,
): Promise<RunningHelper> {
  const refusals: MachineError[] = [];
  const attemptIn = async (
    session: LaunchOptions["session"],
  ): Promise<RunningHelper | undefined> => {
    try {
      return await launch(host, { ...attempt, session });
    } catch (error) {
      if (!isMachineError(error, "ERR_SUDO_REFUSED")) throw error;
      refusals.push(error);
      return undefined;
    }
  };
  const wantsPassword = (): boolean => refusals.at(-1)?.cause === "password";

  let running = await attemptIn("new");
  if (running === undefined && wantsPassword() && (await hasTerminal())) {
    running = await attemptIn("terminal");
    if (running === undefined && wantsPassword() && consent === "ask") {
      await ask(host, command, { signal, onAsk }, helper.path);
      running = await attemptIn("terminal");
    }
  }
  if (running !== undefined) return running;
  const refusal = refusals.at(-1);
  throw sudoRefusedError(helper.path, refusal?.message.split("\n") ?? [], refusal);
}

async function ask(
  host: Host,
  command: readonly string[],
  options: SudoOptions,
  path: string,
): Promise<void> {
  try {
    await askForPassword(host, [command], options);
  } catch (error) {
    if (!isMachineError(error, "ERR_SUDO_REFUSED")) throw error;
    throw sudoRefusedError(path, ["no password, or a wrong one"], error);
  }
}

/** Is there a controlling terminal, to which sudo's cached credentials could belong? */
async function hasTerminal(): Promise<boolean> {
  try {
    await (await open("/dev/tty", "r")).close();
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENXIO" || code === "ENOENT" || code === "EACCES" || code === "EPERM")
      return false;
    throw error;
  }
}

/** Nobody serves the socket; what a dead helper left of it is removed, or it would look ready at once. */
async function requireFree(host: Host, socketPath: string): Promise<void> {
  const processes = await findHelperProcesses(host, socketPath);
  if (processes.length > 0) {
    const pids = processes.map(({ pid }) => pid).join(", ");
    throw new MachineError(`a vmnet-helper serves ${socketPath} already: process ${pids}`, {
      code: "ERR_VMNET_HELPER_ALREADY_RUNNING",
      hint: "Stop it first.",
    });
  }
  await removeIfPresent(socketPath);
}
