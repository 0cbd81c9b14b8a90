import { MachineError } from "@vfkit-machine/host";
import type { SshFailureReason, SshTarget } from "./types.js";

const LOCAL_NETWORK_HINT =
  "If the guest has a fresh lease, it is this side that is not let through: on macOS 15 and later, " +
  "allow the terminal program in System Settings > Privacy & Security > Local Network and open a " +
  "new window. A VPN that takes over the guest's subnet looks the same.";

const HINTS: Readonly<Partial<Record<SshFailureReason, string>>> = {
  unreachable: LOCAL_NETWORK_HINT,
  refused: "The guest is up, but no SSH server listens there: look at its serial log.",
  "no-answer": "The guest may still boot, hang, or have another address: look at its serial log.",
  silent: "The port is open, but no SSH server serves it: look at the guest's serial log.",
  "not-ssh": "Another service listens on that port, or another host has that address.",
  "auth-failed":
    "The guest did not install this machine's public key for that user, or another machine answers at that address.",
};

/** One attempt that failed, with what was seen. */
export class SshAttemptError extends MachineError {
  readonly reason: SshFailureReason;

  constructor(reason: SshFailureReason, message: string, options: { cause?: unknown } = {}) {
    super(message, {
      code: reason === "auth-failed" ? "ERR_SSH_AUTH_FAILED" : "ERR_SSH_CONNECT_FAILED",
      hint: HINTS[reason],
      cause: options.cause,
    });
    this.reason = reason;
  }
}

/** As in `docker@192.168.64.3:22`, `docker@[fe80::1]:22`. */
export function describeTarget({ host, port, user }: SshTarget): string {
  return `${user}@${describeAddress({ host, port })}`;
}

/** As in `192.168.64.3:22`, `[fe80::1]:22`. */
export function describeAddress({ host, port }: Pick<SshTarget, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `ERR_SSH_TIMEOUT`: the whole wait is over; says what the last attempt met. */
export function sshTimeoutError(
  target: SshTarget,
  timeoutMs: number,
  attempts: number,
  last: SshAttemptError | undefined,
): MachineError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  const tries = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const seen = last === undefined ? "no attempt came to an end" : `the last: ${last.message}`;
  return new MachineError(
    `${describeTarget(target)} did not answer SSH within ${seconds} s (${tries}; ${seen})`,
    { code: "ERR_SSH_TIMEOUT", hint: last?.hint, cause: last },
  );
}
