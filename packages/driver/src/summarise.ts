import { isMachineError } from "@vfkit-machine/host";
import { readSubject, type Driver } from "./context.js";
import { readState } from "./state.js";
import type { MachineSummary } from "./types.js";

/** One line of the list, read with all that a machine's state depends on. Waits for no lock. */
export async function summarise(
  driver: Driver,
  name: string,
  signal: AbortSignal | undefined,
): Promise<MachineSummary> {
  try {
    const subject = await readSubject(driver, name);
    const { state, found } = await readState(subject, signal);
    const { network, cpus, memoryMiB, diskSizeMiB, createdAt } = subject.config;
    const ip = found.info === undefined ? undefined : found.record?.ip;
    return { name, state, network, ip, cpus, memoryMiB, diskSizeMiB, createdAt, error: undefined };
  } catch (error) {
    if (isMachineError(error, "ERR_ABORTED")) throw error;
    return {
      name,
      state: "Unknown",
      network: undefined,
      ip: undefined,
      cpus: undefined,
      memoryMiB: undefined,
      diskSizeMiB: undefined,
      createdAt: undefined,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
