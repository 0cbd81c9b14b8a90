import { connectSsh } from "@vfkit-machine/guest-ssh";
import { isMachineError, MachineError } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { sshTarget } from "./guest-target.js";
import { requestState, waitForState } from "./rest.js";
import { readState } from "./state.js";

const CHANGES = {
  Pause: { from: "Running", to: "Paused", code: "ERR_NOT_RUNNING" },
  Resume: { from: "Paused", to: "Running", code: "ERR_NOT_PAUSED" },
} as const;

/**
 * Pauses or resumes a machine whose lock is held. Idempotent. A guest that was resumed has its clock
 * set: it stood still with it.
 *
 * @throws MachineError `ERR_NOT_RUNNING`, `ERR_NOT_PAUSED`, `ERR_VFKIT_...`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function changeState(step: Step, change: "Pause" | "Resume"): Promise<void> {
  const { config, signal } = step;
  const { from, to, code } = CHANGES[change];
  const { state, found } = await readState(step, signal);
  if (state === to) return;
  if (state !== from) {
    throw new MachineError(`${config.name} cannot ${change.toLowerCase()}: it is ${state}`, {
      code,
      hint: state === "Stopped" ? `Start it with vfm start ${config.name}.` : undefined,
    });
  }
  await requestState(step, change, { signal, timeoutMs: TIMES.restMs });
  await waitForState(step, to, { signal, timeoutMs: TIMES.restMs });
  const ip = found.record?.ip;
  if (change === "Resume" && ip !== undefined) await setClock(step, ip);
}

/** Sets the guest's clock. That it cannot be reached is no failure of the machine: it is logged. */
async function setClock(step: Step, ip: string): Promise<void> {
  const { host, config, signal } = step;
  const options = { signal, timeoutMs: TIMES.clockMs, clock: host.clock };
  try {
    await using ssh = await connectSsh(sshTarget(step, ip), options);
    const seconds = (host.clock.now() / 1000).toFixed(0);
    await ssh.run(`sudo date -u -s @${seconds}`, options);
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.warn(`could not set the clock of ${config.name}`, { error });
  }
}
