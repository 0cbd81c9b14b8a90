import { connect, type Socket } from "node:net";
import { stripControlCharacters, systemErrorCode, type Clock } from "@vfkit-machine/host";
import { readBanner } from "./banner.js";
import { BANNER_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from "./defaults.js";
import { describeAddress, SshAttemptError } from "./errors.js";
import type { SshFailureReason, SshTarget } from "./types.js";

/** A connection to a server that has said that it speaks SSH. The banner is still to be read from it. */
export interface BannerConnection {
  readonly socket: Socket;
  readonly banner: string;
}

export interface DialOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds; default 1 s. */
  readonly connectTimeoutMs?: number | undefined;
  readonly onConnect?: (() => void) | undefined;
}

const REASONS: Readonly<Record<string, SshFailureReason>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "closed",
  EPIPE: "closed",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EACCES: "unreachable",
  EPERM: "unreachable",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  ETIMEDOUT: "no-answer",
};

/**
 * Connects and waits for the banner, which is left in the socket for whoever reads it next. Owns the
 * socket until then: it is closed on every failure.
 *
 * @throws SshAttemptError; the signal's reason when it aborts
 */
export function dial(
  target: Pick<SshTarget, "host" | "port">,
  options: DialOptions,
): Promise<BannerConnection> {
  const { signal, clock, connectTimeoutMs = CONNECT_TIMEOUT_MS, onConnect } = options;
  const address = describeAddress(target);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true });
    let received = Buffer.alloc(0);
    let connected = false;

    const settle = (): void => {
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnected).off("data", onData).off("end", onEnd).off("close", onEnd);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const failAttempt = (reason: SshFailureReason, what: string, cause?: unknown): void =>
      fail(new SshAttemptError(reason, `${address} ${what}`, { cause }));
    const onAbort = (): void => fail(signal.reason);
    const onConnected = (): void => {
      connected = true;
      cancelTimer();
      cancelTimer = clock.schedule(BANNER_TIMEOUT_MS, () =>
        received.length === 0
          ? failAttempt(
              "silent",
              `accepted the connection and said nothing for ${BANNER_TIMEOUT_MS / 1000} s`,
            )
          : failAttempt("not-ssh", `is not SSH: it said ${excerpt(received)}`),
      );
      onConnect?.();
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const verdict = readBanner(received);
      if (verdict.kind === "not-ssh")
        failAttempt("not-ssh", `is not SSH: it said ${excerpt(received)}`);
      if (verdict.kind !== "banner") return;
      settle();
      socket.pause();
      socket.unshift(received);
      resolve({ socket, banner: verdict.banner });
    };
    const onEnd = (): void => {
      if (received.length > 0) failAttempt("not-ssh", `is not SSH: it said ${excerpt(received)}`);
      else failAttempt("closed", "accepted the connection and closed it without a word");
    };
    const onError = (error: Error): void => {
      const code = systemErrorCode(error);
      const reason = REASONS[code ?? ""] ?? (connected ? "closed" : "unreachable");
      failAttempt(reason, describeFailure(reason, code ?? error.message), error);
    };

    let cancelTimer = clock.schedule(connectTimeoutMs, () =>
      failAttempt("no-answer", `did not answer within ${connectTimeoutMs} ms`),
    );
    // Stays for the life of the socket: without a listener, a late error would end the process.
    socket.on("error", onError);
    socket.on("connect", onConnected).on("data", onData).on("end", onEnd).on("close", onEnd);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function describeFailure(reason: SshFailureReason, code: string): string {
  if (reason === "refused") return `refused the connection (${code})`;
  if (reason === "unreachable") return `cannot be reached (${code})`;
  if (reason === "unresolved") return `cannot be resolved (${code})`;
  if (reason === "no-answer") return `did not answer (${code})`;
  return `broke the connection off (${code})`;
}

function excerpt(received: Buffer): string {
  const text = stripControlCharacters(received.toString("latin1", 0, 60));
  return JSON.stringify(text.trim());
}
