import { growDisk } from "@vfkit-machine/boot2docker-disk";
import { MachineError } from "@vfkit-machine/host";
import { writeConfig } from "./config-file.js";
import { openDriver, readSubject, subjectOf, withMachine } from "./context.js";
import { LIMITS } from "./defaults.js";
import { createHandle } from "./machine.js";
import { requireKnownName } from "./names.js";
import { readState } from "./state.js";
import type { DriverContext, Machine, MachineConfig, OperationOptions } from "./types.js";

/** What can be changed of a machine; what is left out stays as it is. */
export interface UpdateMachineOptions {
  readonly cpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  /** Of the data disk. It only grows; the guest has to grow its file system itself. */
  readonly diskSizeMiB?: number | undefined;
}

/**
 * Changes a machine that is stopped. The disk grows before the configuration says so: a crash in
 * between leaves a machine that starts, and the same call completes it.
 *
 * @returns the machine with its new configuration
 * @throws MachineError `ERR_MACHINE_NOT_FOUND`, `ERR_NOT_STOPPED`, `ERR_CHECK_OPTION`,
 *   `ERR_DISK_...`, `ERR_MACHINE_BUSY`, `ERR_ABORTED`
 */
export async function updateMachine(
  name: string,
  options: UpdateMachineOptions,
  context: DriverContext & OperationOptions = {},
): Promise<Machine> {
  const driver = await openDriver(context);
  requireKnownName(name);
  for (const key of ["cpus", "memoryMiB", "diskSizeMiB"] as const) requireWithin(key, options[key]);
  const before = await readSubject(driver, name);
  return withMachine(before, "set", context, async (step) => {
    const { state } = await readState(step, context.signal);
    if (state !== "Stopped") {
      throw new MachineError(`${name} is ${state}: only a stopped machine can be changed`, {
        code: "ERR_NOT_STOPPED",
        hint: `Stop it first with vfm stop ${name}.`,
      });
    }
    // Another command may have changed it while we waited for the lock.
    const { config } = await readSubject(driver, name);
    const changed: MachineConfig = {
      ...config,
      cpus: options.cpus ?? config.cpus,
      memoryMiB: options.memoryMiB ?? config.memoryMiB,
      diskSizeMiB: options.diskSizeMiB ?? config.diskSizeMiB,
    };
    if (changed.diskSizeMiB !== config.diskSizeMiB) {
      await growDisk(step.paths.disk, { sizeMiB: changed.diskSizeMiB, signal: context.signal });
    }
    await writeConfig(step.paths.config, changed);
    return createHandle(subjectOf(driver, changed));
  });
}

function requireWithin(key: keyof UpdateMachineOptions, value: number | undefined): void {
  const { min, max } = LIMITS[key];
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw new MachineError(`${key} ${value}: not a whole number from ${min} to ${max}`, {
    code: "ERR_CHECK_OPTION",
  });
}
