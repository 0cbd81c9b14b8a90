import type { CommandResult, WaitOptions } from "@vfkit-machine/host";

/** Where a guest answers SSH, who logs in there, and which host key it must show. */
export interface SshTarget {
  /** IPv4 or IPv6 address (a zone as in `fe80::1%bridge100` is fine), or a host name. */
  readonly host: string;
  /** TCP port; 22 in a boot2docker guest. */
  readonly port: number;
  /** `docker` in a boot2docker guest. */
  readonly user: string;
  /** Absolute path of an unencrypted private key. */
  readonly privateKeyPath: string;
  /** Absolute path of an OpenSSH `known_hosts` file; made at the first login, mode 0600. */
  readonly knownHostsPath: string;
  /**
   * The name under which the host key is kept, as OpenSSH's `HostKeyAlias`: the machine's name, so
   * that a new IP address does not break the pinned key. Compared without regard to case.
   */
  readonly hostKeyAlias: string;
}

/** Why one attempt to reach a guest's SSH failed. */
export type SshFailureReason =
  /** The host answers, the port is closed: sshd is not up yet, or not there. */
  | "refused"
  /** The system has no way to the host: no route, ARP failed, or the way is forbidden. */
  | "unreachable"
  /** The name does not resolve. */
  | "unresolved"
  /** Nothing comes back at all. */
  | "no-answer"
  /** The connection was accepted and closed, or reset, without a word. */
  | "closed"
  /** The connection was accepted and nothing was said. */
  | "silent"
  /** Something answered that is not SSH 2. */
  | "not-ssh"
  /** The key exchange failed: no common algorithm, connection lost in it, or too slow. */
  | "handshake-failed"
  /** The guest does not take the key for this user. */
  | "auth-failed";

export interface SshCommandOptions extends WaitOptions {
  /** What the command reads; without it, nothing. Its end is the end of the command's stdin. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Bytes kept of each of stdout and stderr (default 1 MiB); more is `ERR_OUTPUT_TOO_LARGE`. */
  readonly maxOutputBytes?: number | undefined;
  /** Takes stdout as it comes, in any amount; none of it is kept then. */
  readonly onStdout?: ((chunk: Uint8Array) => void) | undefined;
  /** Takes stderr as it comes, in any amount; none of it is kept then. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * What a command in the guest left. `argv` is `ssh`, the machine's name and the command, so that
 * `assertSuccess` of `@vfkit-machine/host` makes a readable error of a failure.
 */
export type SshCommandResult = CommandResult;
