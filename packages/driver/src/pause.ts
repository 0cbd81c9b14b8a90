import { MachineError } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { requestState, waitForState } from "./rest.js";
import { readState } from "./state.js";

const CHANGES = {
  Pause: { from: "Running", to: "Paused", code: "ERR_NOT_RUNNING" },
  Resume: { from: "Paused", to: "Running", code: "ERR_NOT_PAUSED" },
} as const;

/**
 * Pauses or resumes a machine whose lock is held. Idempotent.
 *
 * @throws MachineError `ERR_NOT_RUNNING`, `ERR_NOT_PAUSED`, `ERR_VFKIT_...`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function changeState(step: Step, change: "Pause" | "Resume"): Promise<void> {
  const { config, signal } = step;
  const { from, to, code } = CHANGES[change];
  const { state } = await readState(step, signal);
  if (state === to) return;
  if (state !== from) {
    throw new MachineError(`${config.name} cannot ${change.toLowerCase()}: it is ${state}`, {
      code,
    });
  }
  await requestState(step, change, { signal, timeoutMs: TIMES.restMs });
  await waitForState(step, to, { signal, timeoutMs: TIMES.restMs });
}
