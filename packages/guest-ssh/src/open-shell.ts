import { constants } from "node:os";
import { findExecutable, MachineError, type Host } from "@vfkit-machine/host";
import { sshArgv, type SshArgvOptions } from "./ssh-argv.js";
import type { SshTarget } from "./types.js";

export interface OpenShellOptions extends SshArgvOptions {
  /** Ends the shell with SIGTERM, SIGKILL 2 s later. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hands the terminal over to the system's `ssh`: an interactive shell, or a command. Lasts as long as
 * the person stays; with a terminal in the guest, Ctrl-C goes there.
 *
 * @returns the exit code of the shell or command; 255 when `ssh` itself failed; 128 + n when `ssh`
 *   was ended by signal n, as shells report it
 * @throws MachineError `ERR_SSH_CLIENT_NOT_FOUND`, `ERR_SSH_INVALID_TARGET`,
 *   `ERR_SSH_INVALID_COMMAND`, `ERR_ABORTED`
 */
export async function openShell(
  host: Host,
  target: SshTarget,
  options: OpenShellOptions = {},
): Promise<number> {
  const [name = "ssh", ...args] = sshArgv(target, options);
  const ssh = await findExecutable(host, name);
  if (ssh === undefined) {
    throw new MachineError("there is no ssh on PATH", {
      code: "ERR_SSH_CLIENT_NOT_FOUND",
      hint: "Install the OpenSSH client; macOS has it as /usr/bin/ssh.",
    });
  }
  // How long a shell is open is up to whoever sits at it.
  const end = await host.runner.run(ssh, args, {
    stdio: "inherit",
    timeoutMs: Number.POSITIVE_INFINITY,
    signal: options.signal,
  });
  return end.exitCode ?? 128 + signalNumber(end.signal);
}

function signalNumber(name: string | undefined): number {
  return Object.entries(constants.signals).find(([signal]) => signal === name)?.[1] ?? 0;
}
