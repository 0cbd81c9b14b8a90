import { isMachineError } from "@vfkit-machine/host";
import { openDriver, readSubject, type Driver } from "./context.js";
import { machineNames } from "./machine-names.js";
import { readState } from "./state.js";
import { sweepLeftovers } from "./sweep.js";
import type { DriverContext, MachineSummary, OperationOptions } from "./types.js";

/**
 * Every machine of the store, by name, each with its state. Waits for no lock; a machine that cannot
 * be read is listed with the reason.
 *
 * @throws MachineError `ERR_CHECK_STORE`, `ERR_ABORTED`
 */
export async function listMachines(
  context: DriverContext & OperationOptions = {},
): Promise<MachineSummary[]> {
  const driver = await openDriver(context);
  const entries = await machineNames(driver);
  await sweepLeftovers(driver);
  return Promise.all(entries.map((name) => summarise(driver, name, context.signal)));
}

async function summarise(
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
