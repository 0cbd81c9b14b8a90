import type { SshFailureReason } from "./types.js";

const FIRST_RETRY_MS = 10;
const FIRST_RETRY_ACCEPTED_MS = 100;
const LONGEST_RETRY_MS = 1_000;
const FIRST_AUTH_RETRY_MS = 250;
const LONGEST_AUTH_RETRY_MS = 5_000;
const OVERLAP_MS = 25;
const OVERLAP_SILENT_MS = 2_500;

/** Failures for which a server has accepted a connection. */
const ACCEPTED: ReadonlySet<SshFailureReason> = new Set([
  "closed",
  "silent",
  "not-ssh",
  "handshake-failed",
]);

/** What decides how long to pause. */
export interface RetryState {
  /** What the last attempt met. */
  readonly reason: SshFailureReason;
  /** Milliseconds since the wait began. */
  readonly elapsedMs: number;
  /** Logins refused so far, this one included. */
  readonly authFailures: number;
}

/**
 * Milliseconds from a failed attempt to the next.
 *
 * A closed port costs a guest next to nothing, so it is tried often: every 10 ms at first, then at a
 * two-hundredth of the time waited, so that the wait grows by half a percent at most, and at last
 * once a second. What a server accepted and dropped costs it more: from 100 ms. A refused key costs
 * it a signature, and servers penalise clients for it: 250 ms doubling up to 5 s.
 */
export function retryDelayMs({ reason, elapsedMs, authFailures }: RetryState): number {
  if (reason === "auth-failed") {
    const doublings = Math.max(0, authFailures - 1);
    return Math.min(FIRST_AUTH_RETRY_MS * 2 ** doublings, LONGEST_AUTH_RETRY_MS);
  }
  return ACCEPTED.has(reason)
    ? clamp(elapsedMs / 50, FIRST_RETRY_ACCEPTED_MS, LONGEST_RETRY_MS)
    : clamp(elapsedMs / 200, FIRST_RETRY_MS, LONGEST_RETRY_MS);
}

/**
 * Milliseconds after which another attempt starts beside one that has not failed yet.
 *
 * While a guest sets up its address, packets to it are lost, and the system repeats a lost SYN only
 * after a second: a new connection is faster. One that was accepted but is silent may be waiting for
 * a busy server, or for ever: it is kept, and another started much later.
 */
export function overlapDelayMs(state: {
  readonly connected: boolean;
  readonly elapsedMs: number;
}): number {
  if (state.connected) return OVERLAP_SILENT_MS;
  return clamp(state.elapsedMs / 100, OVERLAP_MS, LONGEST_RETRY_MS);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
