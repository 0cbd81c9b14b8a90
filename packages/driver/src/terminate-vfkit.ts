import {
  exitsWithin,
  isAlive,
  signalProcess,
  terminate,
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
