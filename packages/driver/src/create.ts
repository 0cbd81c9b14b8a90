import {
  abortedError,
  CleanupStack,
  isMachineError,
  MachineError,
  removeIfPresent,
  removeTree,
  writeFileAtomic,
} from "@vfkit-machine/host";
import { isDeepStrictEqual } from "node:util";
import { mkdir, rename } from "node:fs/promises";
import { buildMachine } from "./build-machine.js";
import { checkBeforeCreate } from "./check.js";
import {
  openDriver,
  pathsIn,
  readSubject,
  subjectOf,
  withMachine,
  type Step,
  type Subject,
} from "./context.js";
import { createHandle } from "./machine.js";
import { machineNames } from "./machine-names.js";
import { creatingDirectory, machineDirectory } from "./machine-paths.js";
import { beginOperation } from "./operation.js";
import { removeFiles } from "./remove.js";
import { reserveMacAddress } from "./reserve-mac-address.js";
import { resolveOptions } from "./resolve-options.js";
import { startMachine } from "./start.js";
import { makePrivateDirectory } from "./store.js";
import { sweepLeftovers } from "./sweep.js";
import type { CreateContext, CreateMachineOptions, Machine, MachineConfig } from "./types.js";
import { exists, readVfkitProcess } from "./vfkit-process.js";

/**
 * Makes a machine and, unless `start` is false, starts it.
 *
 * It is built beside the others under a name that is no machine's and renamed into place when it is
 * whole. An abort leaves nothing of what this call made; a start that fails leaves the machine,
 * stopped, with its logs. A creation that was killed in its start is completed when it is repeated
 * with the same options.
 *
 * @throws MachineError what {@link preCreateCheck} throws, before anything is made;
 *   `ERR_MACHINE_EXISTS`, `ERR_MACHINE_BUSY`, `ERR_STORAGE`, `ERR_ISO_...`, `ERR_DISK_...`, what
 *   `start` throws
 */
export async function createMachine(
  options: CreateMachineOptions,
  context: CreateContext = {},
): Promise<Machine> {
  const driver = await openDriver(context);
  const resolved = resolveOptions(options, driver.host.arch, driver.host.platform);
  const { signal } = context;
  if (signal?.aborted === true) throw abortedError(`creating ${resolved.name}`, signal);
  const operation = beginOperation(driver.host, resolved.name, driver.onEvent);
  const wanted = await checkBeforeCreate(driver, operation, resolved, context);
  const subject = await withMachine(
    subjectOf(driver, wanted),
    "create",
    context,
    async (waited): Promise<Subject> => {
      // The check was its beginning.
      const step = { ...waited, operation };
      const starts = options.start !== false;
      const found = await unfinished(step);
      const made = found ?? (await make(step, resolved.iso, starts));
      const plan = { timeoutMs: context.timeoutMs, isOurs: found === undefined };
      if (starts) await firstStart({ ...step, ...made }, plan);
      operation.emit("create.done", {});
      return made;
    },
  );
  return createHandle(subject);
}

async function make(step: Step, iso: string, starts: boolean): Promise<Subject> {
  const { host, store, config, operation, signal } = step;
  const building = creatingDirectory(store, config.name);
  const paths = pathsIn(building, config);
  operation.emit("create.started", { directory: step.paths.directory });
  await makePrivateDirectory(store.machines);
  await sweepLeftovers(step, config.name);
  const cleanup = new CleanupStack(host.logger);
  const reservation = await reserveMacAddress(step);
  try {
    await mkdir(building, { mode: 0o700 });
    cleanup.defer("deleting the unfinished machine", () => removeTree(building));
    await buildMachine({ ...step, paths }, iso);
    if (starts) await writeFileAtomic(paths.creating, "{}\n");
    if (signal?.aborted === true) throw abortedError(`creating ${config.name}`, signal);
    await rename(building, step.paths.directory);
    cleanup.release();
    return { ...step, config, paths: step.paths };
  } catch (error) {
    await cleanup.unwind();
    throw error;
  } finally {
    await reservation.release();
  }
}

/**
 * A machine of this name that a killed creation left in its start.
 *
 * @throws MachineError `ERR_MACHINE_EXISTS` for any other
 */
async function unfinished(step: Step): Promise<Subject | undefined> {
  const { store, config, paths } = step;
  const directory = machineDirectory(store, config.name);
  if (!(await exists(directory))) return undefined;
  // Not one that the file system alone takes for it, as c1 for C1.
  const isOfThisName = (await machineNames(step)).includes(config.name);
  if (isOfThisName && (await exists(paths.creating))) {
    const found = await readSubject(step, config.name);
    if (sameMachine(found.config, config)) return found;
  }
  throw new MachineError(`there is already a machine ${config.name}: ${directory}`, {
    code: "ERR_MACHINE_EXISTS",
    hint: `Choose another name, or remove it first with vfm rm ${config.name}.`,
  });
}

/** The same wishes: these two are not wished for, they come about. */
function sameMachine(a: MachineConfig, b: MachineConfig): boolean {
  const { createdAt, vmnetInterfaceId } = a;
  return isDeepStrictEqual(a, { ...b, createdAt, vmnetInterfaceId });
}

interface FirstStartPlan {
  readonly timeoutMs: number | undefined;
  /** Was it made by this very call, so that nobody can have used it? */
  readonly isOurs: boolean;
}

async function firstStart(step: Step, { timeoutMs, isOurs }: FirstStartPlan): Promise<void> {
  try {
    await startMachine(step, { timeoutMs, isCreation: true });
  } catch (error) {
    // A creation that was killed just after its start: it is what was wished for.
    if (!isMachineError(error, "ERR_ALREADY_RUNNING")) {
      const cleanup = new CleanupStack(step.host.logger);
      cleanup.defer("ending the creation", () => endCreation(step, error, isOurs));
      await cleanup.unwind();
      throw error;
    }
  }
  await removeIfPresent(step.paths.creating);
}

/** After a first start that failed with `error`. */
async function endCreation(step: Step, error: unknown, isOurs: boolean): Promise<void> {
  const { host, paths, config } = step;
  if (!isMachineError(error, "ERR_ABORTED")) {
    // Who failed wants to see why.
    await removeIfPresent(paths.creating);
  } else if (isOurs && (await readVfkitProcess(host, paths)).info === undefined) {
    // Who gives up wants nothing of it. What an earlier creation left may be in use by now, and files
    // of a process that would not end must be there to find it by.
    const leftBehind = await removeFiles(step);
    if (leftBehind.length === 0) return;
    host.logger.warn(`${config.name} could not be removed whole`, { leftBehind });
  }
}
