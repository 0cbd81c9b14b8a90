import {
  isMachineError,
  systemClock,
  withDeadline,
  type Clock,
  type WaitOptions,
} from "@vfkit-machine/host";
import { WAIT_TIMEOUT_MS } from "./defaults.js";
import { describeAddress, describeTarget, SshAttemptError, sshTimeoutError } from "./errors.js";
import { closeLogin, login } from "./login.js";
import { readPrivateKey } from "./private-key.js";
import { retryDelayMs } from "./retry-schedule.js";
import { assertTarget } from "./target.js";
import type { SshFailureReason, SshTarget } from "./types.js";
import { untilBanner } from "./until-banner.js";

export interface WaitForSshOptions extends WaitOptions {
  /** `"login"` (default): until the key is accepted. `"banner"`: until an SSH server answers; needs no key. */
  readonly probe?: "banner" | "login" | undefined;
  /** Called for every attempt that failed, with what it met. */
  readonly onAttempt?: ((attempt: FailedAttempt) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** One failure on the way to an answer. */
export interface FailedAttempt {
  /** Attempts begun so far. */
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly reason: SshFailureReason;
  /** As in `192.168.64.3:22 refused the connection (ECONNREFUSED)`. */
  readonly message: string;
}

export interface SshAnswer {
  /** The server's identification, as in `SSH-2.0-dropbear_2022.83`. */
  readonly banner: string;
  /** Connections begun, the last included. */
  readonly attempts: number;
  readonly durationMs: number;
}

/**
 * Waits until a guest answers SSH: connects (quickly at first, see `retryDelayMs`), sees an SSH 2
 * banner, and logs in with the key. A port that accepts and says nothing is not SSH. A refused key
 * is tried again, because a guest installs its keys while it boots. The first login pins the host
 * key.
 *
 * @throws MachineError `ERR_SSH_TIMEOUT` (default 5 min) with what the last attempt met, its cause;
 *   at once `ERR_SSH_HOST_KEY_CHANGED`, `ERR_SSH_KEY_UNREADABLE`, `ERR_SSH_INVALID_TARGET`,
 *   `ERR_ABORTED`
 */
export async function waitForSsh(
  target: SshTarget,
  options: WaitForSshOptions = {},
): Promise<SshAnswer> {
  const { signal, timeoutMs = WAIT_TIMEOUT_MS, probe = "login", clock = systemClock } = options;
  assertTarget(target);
  const startedMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - startedMs;
  let attempts = 0;
  let authFailures = 0;
  // What the deadline would find: the last failure, or what an attempt is waiting for.
  let last: SshAttemptError | undefined;
  const pending = (reason: SshFailureReason, what: string): void => {
    // A refused key says more than any step towards the next refusal.
    if (last?.reason === "auth-failed") return;
    last = new SshAttemptError(reason, `${describeAddress(target)} ${what}`);
  };
  const onFailure = (error: SshAttemptError): number => {
    last = error;
    if (error.reason === "auth-failed") authFailures++;
    const { reason, message } = error;
    options.onAttempt?.({ attempts, elapsedMs: elapsedMs(), reason, message });
    return retryDelayMs({ reason, elapsedMs: elapsedMs(), authFailures });
  };

  const wait = async (ended: AbortSignal): Promise<SshAnswer> => {
    // Loading the key takes as long as some attempts: it need not hold up the first.
    const keyReady = probe === "login" ? readPrivateKey(target.privateKeyPath) : undefined;
    for (;;) {
      const answer = untilBanner(target, {
        signal: ended,
        clock,
        elapsedMs,
        onStart: () => {
          attempts++;
          if (last === undefined) pending("no-answer", "has not answered yet");
        },
        onConnect: () => pending("silent", "accepted the connection and has said nothing yet"),
        onFailure,
      });
      const [connection, key] = await Promise.all([answer, keyReady]);
      try {
        pending("handshake-failed", "showed its banner and has not finished the login yet");
        if (key === undefined) connection.socket.destroy();
        else
          await closeLogin(await login(target, connection, { signal: ended, clock, key }), clock);
        return { banner: connection.banner, attempts, durationMs: elapsedMs() };
      } catch (error) {
        if (!(error instanceof SshAttemptError)) throw error;
        await clock.sleep(onFailure(error), { signal: ended });
      }
    }
  };

  try {
    const what = `waiting for SSH on ${describeTarget(target)}`;
    return await withDeadline(what, { signal, timeoutMs, clock }, wait);
  } catch (error) {
    if (!isMachineError(error, "ERR_TIMEOUT")) throw error;
    throw sshTimeoutError(target, timeoutMs, attempts, last);
  }
}
