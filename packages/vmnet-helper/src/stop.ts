import { removeIfPresent, type Host, type ProcessIdentity } from "@vfkit-machine/host";
import { STOP_GRACE_PERIOD_MS } from "./defaults.js";
import { endProcesses, type EndOptions } from "./end-processes.js";
import { findHelperProcesses, findProcessesBelow } from "./processes.js";
import type { HelperRecord, HelperStopOutcome } from "./types.js";

export interface StopHelperOptions {
  /** Absolute path of the helper's socket. */
  readonly socketPath: string;
  /** Milliseconds between SIGTERM and harder means (default 5 s); 0 leaves SIGTERM out. */
  readonly gracePeriodMs?: number | undefined;
  /** Ends the waiting early; what was signalled stays signalled. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stops the helper of a socket and removes its socket and lock when they are still there. Legal in
 * every state and idempotent. Finds the helper by its command line also without a record, so it
 * ends one that a crash left behind.
 *
 * SIGTERM, a grace period, SIGKILL to every process of it. A helper that is still root (its
 * interface never started) cannot be killed by us; sudo, which we may signal, ends it on SIGALRM.
 * sudo itself is never killed first: that would orphan a helper with root's rights.
 *
 * @param record the recorded process; undefined when none is known
 * @throws MachineError `ERR_VMNET_HELPER_STILL_RUNNING` when it outlives all of that (5 s each),
 *   `ERR_ABORTED`
 */
export async function stopVmnetHelper(
  host: Host,
  record: ProcessIdentity | undefined,
  options: StopHelperOptions,
): Promise<HelperStopOutcome> {
  const { socketPath, gracePeriodMs = STOP_GRACE_PERIOD_MS, signal } = options;
  const find = () => findHelperProcesses(host, socketPath, record);
  const outcome = await endProcesses(host, find, { gracePeriodMs, signal });
  await removeSocket(socketPath);
  return outcome;
}

/**
 * Ends what a start that failed has left: the recorded process and all below it, and nothing else,
 * because the reason may be another helper that serves the same socket.
 */
export async function stopStartedHelper(
  host: Host,
  { socketPath, ...identity }: HelperRecord,
  options: EndOptions,
): Promise<void> {
  await endProcesses(host, () => findProcessesBelow(host, identity), options);
  if ((await findHelperProcesses(host, socketPath)).length === 0) await removeSocket(socketPath);
}

async function removeSocket(socketPath: string): Promise<void> {
  await removeIfPresent(socketPath);
  await removeIfPresent(`${socketPath}.lock`);
}
