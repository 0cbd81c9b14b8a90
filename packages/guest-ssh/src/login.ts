import { systemErrorCode, type Clock } from "@vfkit-machine/host";
import type { Client, ParsedKey, PublicKeyAuthMethod } from "ssh2";
import { CLOSE_TIMEOUT_MS, LOGIN_TIMEOUT_MS } from "./defaults.js";
import type { BannerConnection } from "./dial.js";
import { describeAddress, describeTarget, SshAttemptError } from "./errors.js";
import { hostKeyAlgorithms } from "./host-key-algorithms.js";
import { hostKeyChangedError, pinHostKey, readPinnedKeys } from "./host-keys.js";
import { judgeHostKey, type KnownHost } from "./known-hosts.js";
import { loadSsh2 } from "./ssh2.js";
import type { SshTarget } from "./types.js";

/** A client that is logged in. Whoever has it closes it with {@link closeLogin}. */
export interface Login {
  readonly client: Client;
  readonly socket: BannerConnection["socket"];
}

export interface LoginOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly key: ParsedKey;
}

/**
 * Exchanges keys, checks the host key and logs in, over a connection whose banner was seen. Takes
 * the connection over: it is closed on every failure.
 *
 * An unknown host key is pinned only once the login has succeeded. An address from a lease may belong
 * to another machine by now, and that one does not know our key: its host key must not become ours.
 *
 * @throws SshAttemptError `handshake-failed`, `auth-failed`; MachineError
 *   `ERR_SSH_HOST_KEY_CHANGED`; the signal's reason when it aborts
 */
export async function login(
  target: SshTarget,
  { socket }: BannerConnection,
  { signal, clock, key }: LoginOptions,
): Promise<Login> {
  try {
    const [{ Client }, pinned] = await Promise.all([loadSsh2(), readPinnedKeys(target)]);
    // The listener that comes next hears of no abort before it.
    signal.throwIfAborted();
    const client = new Client();
    const hostKey = await authenticate(client, { target, socket, signal, clock, key, pinned });
    await pinHostKey(target, hostKey);
    signal.throwIfAborted();
    return { client, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Says good-bye and closes the connection, without waiting for the other side. Never rejects: a guest may be gone already. */
export async function closeLogin({ client, socket }: Login, clock: Clock): Promise<void> {
  if (socket.closed) return;
  // Not by once() of node:events, which rejects when the good-bye meets a connection that is cut.
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  // A guest that is paused takes nothing any more.
  const cancel = clock.schedule(CLOSE_TIMEOUT_MS, () => socket.destroy());
  client.end();
  socket.destroySoon();
  await closed;
  cancel();
}

interface Authentication extends LoginOptions {
  readonly target: SshTarget;
  readonly socket: BannerConnection["socket"];
  readonly pinned: readonly KnownHost[];
}

/** @returns the host key, which has signed the key exchange */
function authenticate(client: Client, authentication: Authentication): Promise<Buffer> {
  const { target, socket, signal, clock, key, pinned } = authentication;
  return new Promise((resolve, reject) => {
    let hostKey: Buffer | undefined;
    const settle = (): void => {
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
      client.off("ready", onReady).off("close", onClose);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onReady = (): void => {
      settle();
      if (hostKey === undefined) reject(new Error("logged in without a host key"));
      else resolve(hostKey);
    };
    const onClose = (): void =>
      fail(handshakeError(target, "closed the connection during the login"));
    const verifyHostKey = (shown: Buffer): boolean => {
      const verdict = judgeHostKey(pinned, target.hostKeyAlias, shown);
      if (verdict === "changed" || verdict === "revoked") {
        fail(hostKeyChangedError(target, pinned, shown));
        return false;
      }
      // At a new key exchange later in the connection, the key must still be the same.
      if (hostKey !== undefined && !hostKey.equals(shown)) return false;
      hostKey = Buffer.from(shown);
      return true;
    };

    const cancelTimer = clock.schedule(LOGIN_TIMEOUT_MS, () =>
      fail(handshakeError(target, `did not finish the login within ${LOGIN_TIMEOUT_MS / 1000} s`)),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    // Stays for the life of the client: without a listener, a late error would end the process.
    client.on("error", (error) => fail(loginError(target, error)));
    client.on("ready", onReady).on("close", onClose);
    const publicKey: PublicKeyAuthMethod = { type: "publickey", username: target.user, key };
    try {
      client.connect({
        sock: socket,
        username: target.user,
        // Nothing but the key: asking for "none" first would cost a round trip.
        authHandler: [publicKey],
        hostVerifier: verifyHostKey,
        algorithms: { serverHostKey: hostKeyAlgorithms(pinned) },
        readyTimeout: 0,
      });
    } catch (error) {
      fail(error);
    }
  });
}

function loginError(target: SshTarget, error: Error & { level?: string }): SshAttemptError {
  if (error.level === "client-authentication") {
    return new SshAttemptError(
      "auth-failed",
      `${describeTarget(target)} does not take the key ${target.privateKeyPath}`,
      { cause: error },
    );
  }
  return handshakeError(
    target,
    `broke off the login: ${systemErrorCode(error) ?? error.message}`,
    error,
  );
}

function handshakeError(target: SshTarget, what: string, cause?: unknown): SshAttemptError {
  return new SshAttemptError("handshake-failed", `${describeAddress(target)} ${what}`, { cause });
}
