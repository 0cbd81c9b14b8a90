import {
  isAlive,
  isMachineError,
  signalProcess,
  terminate,
  waitForExit,
  type Host,
  type ProcessIdentity,
  type TerminateOutcome,
} from "@vfkit-machine/host";
import { TIMES } from "./defaults.js";

/**
 * SIGTERM to vfkit alone, which asks its guest once more and then cuts the power; after the grace
 * period SIGKILL to the group that it leads, so that nothing it started stays.
 *
 * @param gracePeriodMs 0 leaves SIGTERM out
 * @throws MachineError `ERR_PROCESS_WILL_NOT_DIE`, `ERR_ABORTED`
 */
export async function terminateVfkit(
  host: Host,
  identity: ProcessIdentity,
  gracePeriodMs: number,
  options: { readonly signal?: AbortSignal | undefined; readonly onKill?: () => void } = {},
): Promise<TerminateOutcome> {
  const { signal, onKill } = options;
  // Its pid may be another program's by now.
  if (!(await isAlive(host, identity))) return "already-gone";
  if (gracePeriodMs > 0) {
    signalProcess(identity.pid, "SIGTERM");
    if (await exitsWithin(host, identity, gracePeriodMs, signal)) return "terminated";
  }
  onKill?.();
  return terminate(host, identity, {
    signal,
    gracePeriodMs: 0,
    killTimeoutMs: TIMES.killMs,
    group: true,
  });
}

/** Waits for the end of a process. @returns whether it came in time. @throws `ERR_ABORTED` */
export async function exitsWithin(
  host: Host,
  identity: ProcessIdentity,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await waitForExit(host, identity, { signal, timeoutMs });
    return true;
  } catch (error) {
    if (isMachineError(error, "ERR_TIMEOUT")) return false;
    throw error;
  }
}
