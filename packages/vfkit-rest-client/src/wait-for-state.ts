import type { Clock } from "@vfkit-machine/host/clock";
import { withDeadline } from "@vfkit-machine/host/deadline";
import { isMachineError, MachineError, timeoutError } from "@vfkit-machine/host/errors";
import { WAIT_INTERVAL_MS, WAIT_TIMEOUT_MS } from "./defaults.js";
import type { AwaitableState, CallOptions, StateReport, WaitForStateOptions } from "./types.js";

type Seen = StateReport | { readonly state: "NotListening" };

export interface WaitContext {
  /** For messages. */
  readonly address: string;
  readonly clock: Clock;
  readonly getState: (options: CallOptions) => Promise<StateReport>;
}

/** Asks for the state until it is one of those wanted. There is no event for it: vfkit only answers. */
export async function waitForState(
  { address, clock, getState }: WaitContext,
  wanted: AwaitableState | readonly AwaitableState[],
  options: WaitForStateOptions = {},
): Promise<Seen> {
  const states: readonly string[] = typeof wanted === "string" ? [wanted] : wanted;
  const { signal, timeoutMs = WAIT_TIMEOUT_MS, intervalMs = WAIT_INTERVAL_MS, onState } = options;
  const what = `waiting for ${address} to be ${states.join(" or ")}`;
  let lastSeen = "no answer";
  try {
    return await withDeadline(what, { signal, timeoutMs, clock }, async (ended) => {
      for (;;) {
        const seen = await look(getState, ended);
        if (seen !== undefined) {
          lastSeen = "raw" in seen ? seen.raw : seen.state;
          onState?.(seen);
          if (states.includes(seen.state)) return seen;
          if (seen.state === "Error") throw machineFailed(address);
        }
        await clock.sleep(intervalMs, { signal: ended });
      }
    });
  } catch (error) {
    if (!isMachineError(error, "ERR_TIMEOUT")) throw error;
    throw timeoutError(`${what} (last seen: ${lastSeen})`, timeoutMs);
  }
}

/** @returns undefined when this one question went unanswered, which says nothing of the next */
async function look(
  getState: WaitContext["getState"],
  signal: AbortSignal,
): Promise<Seen | undefined> {
  try {
    return await getState({ signal });
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_NOT_LISTENING")) return { state: "NotListening" };
    if (isMachineError(error, "ERR_TIMEOUT", "ERR_VFKIT_CONNECTION_CLOSED")) return undefined;
    throw error;
  }
}

function machineFailed(address: string): MachineError {
  return new MachineError(`the virtual machine behind ${address} is in the state Error`, {
    code: "ERR_VFKIT_MACHINE_FAILED",
    hint: "It does not recover: read vfkit's log, then stop and start it.",
  });
}
