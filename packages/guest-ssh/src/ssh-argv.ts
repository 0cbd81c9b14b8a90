import { MachineError } from "@vfkit-machine/host";
import { CALL_OPTIONS, identityOptions } from "./ssh-options.js";
import { assertTarget } from "./target.js";
import type { SshTarget } from "./types.js";

export interface SshArgvOptions {
  /** Text for the guest's shell (see `quoteShell`); without it, an interactive shell. */
  readonly command?: string | undefined;
  /** `true`: a terminal in the guest, `false`: none; default: one exactly when there is no command. */
  readonly tty?: boolean | undefined;
  /** More options for `ssh`, as in `["-L", "2375:/var/run/docker.sock"]`. */
  readonly extraArgs?: readonly string[] | undefined;
}

/**
 * The command line of the system's OpenSSH client for a target, `ssh` itself first. It reads no
 * configuration file, asks no question, and knows no key but the target's.
 *
 * @throws MachineError `ERR_SSH_INVALID_TARGET`, `ERR_SSH_INVALID_COMMAND`
 */
export function sshArgv(target: SshTarget, options: SshArgvOptions = {}): string[] {
  assertTarget(target);
  const { command, tty, extraArgs = [] } = options;
  if (command !== undefined && (command.trim() === "" || command.includes("\0"))) {
    throw new MachineError(`not a command: ${JSON.stringify(command)}`, {
      code: "ERR_SSH_INVALID_COMMAND",
    });
  }
  const settings = [...identityOptions(target), ...CALL_OPTIONS];
  return [
    "ssh",
    "-F",
    "/dev/null",
    // The first value of an option counts: what the caller adds wins.
    ...extraArgs,
    ...settings.flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    ...(tty === undefined ? [] : [tty ? "-t" : "-T"]),
    "-p",
    String(target.port),
    "-l",
    target.user,
    target.host,
    // ssh reads options after the host too.
    ...(command === undefined ? [] : ["--", command]),
  ];
}

/**
 * A block for `~/.ssh/config`, so that `ssh ALIAS`, `scp` and editors reach the target.
 *
 * @param alias the name to type: letters, digits, `.`, `_`, `-`
 * @throws MachineError `ERR_SSH_INVALID_TARGET`
 */
export function sshConfigBlock(target: SshTarget, alias: string): string {
  assertTarget(target);
  assertTarget({ ...target, hostKeyAlias: alias });
  const settings = [
    // A zone of an IPv6 address begins with `%`, as a token does.
    ["HostName", target.host.replaceAll("%", "%%")],
    ["Port", String(target.port)],
    ["User", target.user],
    ...identityOptions(target),
  ];
  return [`Host ${alias}`, ...settings.map(([name, value]) => `  ${name} ${value}`), ""].join("\n");
}
