import { isMachineError, systemErrorCode } from "@vfkit-machine/host";
import { readdir } from "node:fs/promises";
import { readConfig } from "./config-file.js";
import { openDriver, subjectOf, type Driver } from "./context.js";
import { machineDirectory } from "./machine-paths.js";
import { isMachineName } from "./names.js";
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

async function machineNames({ store }: Driver): Promise<string[]> {
  try {
    const entries = await readdir(store.machines, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isMachineName(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function summarise(
  driver: Driver,
  name: string,
  signal: AbortSignal | undefined,
): Promise<MachineSummary> {
  try {
    const config = await readConfig(machineDirectory(driver.store, name));
    const { state, found } = await readState(subjectOf(driver, config), signal);
    const { network, cpus, memoryMiB, diskSizeMiB, createdAt } = config;
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
