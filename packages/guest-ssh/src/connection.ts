import { systemClock, withDeadline, type Clock, type WaitOptions } from "@vfkit-machine/host";
import { CONNECT_TIMEOUT_MS, LOGIN_TIMEOUT_MS } from "./defaults.js";
import { dial } from "./dial.js";
import { describeTarget } from "./errors.js";
import { closeLogin, login, type Login } from "./login.js";
import { readPrivateKey } from "./private-key.js";
import { execute } from "./execute.js";
import { assertTarget } from "./target.js";
import type { SshCommandOptions, SshCommandResult, SshTarget } from "./types.js";

export interface ConnectSshOptions extends WaitOptions {
  readonly clock?: Clock | undefined;
}

/** A login that several commands share. Its owner closes it; closing twice is fine. */
export interface SshConnection extends AsyncDisposable {
  /** The server's identification. */
  readonly banner: string;
  /** Runs a command; see {@link runCommand}. Legal until the connection is closed. */
  run(command: string, options?: SshCommandOptions): Promise<SshCommandResult>;
  /** Ends the connection and what still runs over it. Settles within half a second. Idempotent. */
  close(): Promise<void>;
}

/**
 * Logs in once, without retries: for a guest that is known to answer. The first login pins the host
 * key.
 *
 * @throws MachineError `ERR_SSH_CONNECT_FAILED`, `ERR_SSH_AUTH_FAILED`, `ERR_SSH_HOST_KEY_CHANGED`,
 *   `ERR_SSH_KEY_UNREADABLE`, `ERR_SSH_INVALID_TARGET`, `ERR_TIMEOUT` (default 30 s), `ERR_ABORTED`
 */
export async function connectSsh(
  target: SshTarget,
  options: ConnectSshOptions = {},
): Promise<SshConnection> {
  const { signal, timeoutMs = LOGIN_TIMEOUT_MS, clock = systemClock } = options;
  assertTarget(target);
  const what = `logging in to ${describeTarget(target)}`;
  return withDeadline(what, { signal, timeoutMs, clock }, async (ended) => {
    const key = await readPrivateKey(target.privateKeyPath);
    const connectTimeoutMs = Math.max(CONNECT_TIMEOUT_MS, timeoutMs / 2);
    const connection = await dial(target, { signal: ended, clock, connectTimeoutMs });
    const established = await login(target, connection, { signal: ended, clock, key });
    return openConnection(target, connection.banner, established, clock);
  });
}

function openConnection(
  target: SshTarget,
  banner: string,
  established: Login,
  clock: Clock,
): SshConnection {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeLogin(established, clock));
  return {
    banner,
    run: (command, options = {}) => execute(established.client, target, command, options, clock),
    close,
    [Symbol.asyncDispose]: close,
  };
}
