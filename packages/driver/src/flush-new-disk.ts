import { connectSsh } from "@vfkit-machine/guest-ssh";
import { isMachineError } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { sshTarget } from "./guest-target.js";

/**
 * Has the guest write its memory to the disk, after its first boot. It has just formatted the disk and
 * put our key there, which it was given only once: should its power be cut in the seconds until
 * it would write by itself, it would boot again and let nobody in.
 *
 * That it does not work is no failure of the machine: it is logged.
 */
export async function flushNewDisk(step: Step, ip: string): Promise<void> {
  const { host, config, signal } = step;
  const options = { signal, timeoutMs: TIMES.flushMs, clock: host.clock };
  try {
    await using ssh = await connectSsh(sshTarget(step, ip), options);
    await ssh.run("sync", options);
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.warn(`could not have ${config.name} write its new disk`, { error });
  }
}
