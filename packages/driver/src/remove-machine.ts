import { isMachineError } from "@vfkit-machine/host";
import { CONFIG_VERSION } from "./config-version.js";
import {
  openDriver,
  readSubject,
  subjectOf,
  UNREADABLE_CODES,
  withMachine,
  type Driver,
  type Subject,
} from "./context.js";
import { DEFAULTS } from "./defaults.js";
import { macAddressForName } from "./mac-address.js";
import { machineNames } from "./machine-names.js";
import { machineDirectory } from "./machine-paths.js";
import { requireKnownName } from "./names.js";
import { removeFiles, removeMachineFiles, removeSocketDir } from "./remove.js";
import { socketDirCandidates, temporaryDirectories } from "./socket-dir.js";
import { stopMachine } from "./stop.js";
import { sweepLeftovers } from "./sweep.js";
import type { DriverContext, MachineConfig, OperationOptions, RemoveResult } from "./types.js";
import { exists } from "./vfkit-process.js";

/**
 * Removes a machine by its name, also one whose `config.json` cannot be read, which therefore cannot
 * be opened: its processes are found by the places where its sockets may be.
 *
 * @throws MachineError `ERR_MACHINE_NOT_FOUND`, `ERR_MACHINE_BUSY`, `ERR_PROCESS_WILL_NOT_DIE`,
 *   `ERR_ABORTED`
 */
export async function removeMachine(
  name: string,
  context: DriverContext & OperationOptions = {},
): Promise<RemoveResult> {
  const driver = await openDriver(context);
  requireKnownName(name);
  await sweepLeftovers(driver);
  try {
    const subject = await readSubject(driver, name);
    return await withMachine(subject, "remove", context, removeMachineFiles);
  } catch (error) {
    if (!isMachineError(error, ...UNREADABLE_CODES) || !(await hasDirectory(driver, name)))
      throw error;
  }
  return removeDamaged(driver, name, context);
}

/**
 * Is there a directory of just this name? That its path exists does not say so: where the file system
 * does not tell `C1` from `c1`, it is that of another machine.
 */
async function hasDirectory(driver: Driver, name: string): Promise<boolean> {
  return (await machineNames(driver)).includes(name);
}

async function removeDamaged(
  driver: Driver,
  name: string,
  context: OperationOptions,
): Promise<RemoveResult> {
  const [first, ...others] = await possibleSubjects(driver, name);
  if (first === undefined) throw new Error("a machine has at least one place for its sockets");
  return withMachine(first, "remove", context, async (step) => {
    const { operation } = step;
    operation.emit("remove.started", {});
    const leftBehind: RemoveResult["leftBehind"][number][] = [];
    for (const { paths } of [first, ...others]) {
      await stopMachine({ ...step, paths }, { gracePeriodMs: undefined });
      leftBehind.push(...(await removeSocketDir(paths)));
    }
    leftBehind.push(...(await removeFiles(step)));
    operation.emit("remove.done", { leftBehind: leftBehind.length });
    return { leftBehind };
  });
}

/** The machine as it would be with its sockets in each of the places where they could be. */
async function possibleSubjects(driver: Driver, name: string): Promise<Subject[]> {
  const { host, store } = driver;
  const directory = machineDirectory(store, name);
  const candidates = socketDirCandidates(directory, store, await temporaryDirectories(host));
  const present = await Promise.all(candidates.map(exists));
  return candidates
    .filter((_, index) => index === 0 || present[index])
    .map((socketDir) => subjectOf(driver, { ...assumedConfig(name), socketDir }));
}

/** For a machine whose config cannot be read. Only the name and the network count: a helper is looked for. */
function assumedConfig(name: string): MachineConfig {
  return {
    schemaVersion: CONFIG_VERSION,
    name,
    createdAt: new Date(0).toISOString(),
    cpus: DEFAULTS.cpus,
    memoryMiB: DEFAULTS.memoryMiB,
    diskSizeMiB: DEFAULTS.diskSizeMiB,
    extraDiskSizesMiB: [],
    network: "vmnet-shared",
    macAddress: macAddressForName(name),
    vmnetInterfaceId: "00000000-0000-4000-8000-000000000000",
    mounts: [],
    kernelCmdline: "",
    sshPort: DEFAULTS.sshPort,
    sshUser: DEFAULTS.sshUser,
    socketDir: "",
  };
}
