import {
  abortedError,
  CleanupStack,
  isMachineError,
  MachineError,
  removeIfPresent,
  systemErrorCode,
  writeFileAtomic,
  type Host,
} from "@vfkit-machine/host";
import { readLeasesOf } from "@vfkit-machine/dhcp-leases";
import { stat } from "node:fs/promises";
import { checkMount, requireVfkit } from "./check.js";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { nameFullDisk } from "./full-disk.js";
import { knownLeases, type KnownLeases } from "./known-leases.js";
import { keepDiskNew, mendNewDisk } from "./new-disk.js";
import { waitForGuest } from "./start-guest.js";
import { adoptHelper, startHelper, stopHelper } from "./start-network.js";
import { mountAll } from "./start-mounts.js";
import { registerRosetta } from "./start-rosetta.js";
import {
  adoptVfkit,
  endVfkit,
  spawnVfkit,
  waitUntilRunning,
  type StartedVfkit,
} from "./start-vfkit.js";
import { clearTheWay, requireNoStray } from "./start-stale.js";
import type { StartOptions } from "./types.js";
import { exists, readVfkitProcess, writeRecord, type VfkitProcess } from "./vfkit-process.js";
import { whileAlive, type NeededProcess } from "./needed-processes.js";

export interface StartPlan extends Pick<StartOptions, "timeoutMs"> {
  /** Is it the first start, as a part of `create`? */
  readonly isCreation?: boolean;
}

/**
 * Starts a machine whose lock is held, and waits until it answers SSH. What was done is undone, in
 * reverse and within 5 s, when a step fails or the signal aborts.
 */
export async function startMachine(
  step: Step,
  { timeoutMs = TIMES.startMs, isCreation = false }: StartPlan,
): Promise<void> {
  const { host, operation, paths } = step;
  operation.emit("start.started", {});
  const before = await readVfkitProcess(host, paths);
  if (before.info !== undefined && !before.starting) throw alreadyRunning(step, before.info.pid);
  const deadlineMs = host.clock.monotonicMs() + timeoutMs;
  const cleanup = new CleanupStack(host.logger);
  try {
    const resumed = await resume(step, before, cleanup);
    // Before the guest can ask: what is there already proves nothing later. One that runs already may
    // have asked.
    const known = resumed === undefined ? await readKnownLeases(step) : knownLeases([]);
    const live = resumed ?? (await boot(step, before, deadlineMs, cleanup));
    const processes = live.helper === undefined ? [live.vfkit] : [live.vfkit, live.helper];
    await whileAlive(host, processes, step.signal, async (signal) => {
      const stage = { ...step, signal };
      await waitUntilRunning(stage, Math.min(TIMES.restMs, until(host, deadlineMs)));
      const ip = await waitForGuest(stage, known, until(host, deadlineMs));
      await mountAll(stage, ip);
      await registerRosetta(stage, ip);
      throwIfAborted(stage);
      await finish(stage, live.vfkit, ip, isCreation);
    });
    cleanup.release();
  } catch (error) {
    // What cannot be looked at is undone all the same.
    const begun = await exists(paths.starting).catch(() => true);
    const told = await nameFullDisk(step, error);
    await cleanup.unwind();
    const reason = told instanceof Error ? told.message : String(told);
    if (begun) operation.emit("start.undone", { reason });
    throw told;
  }
}

/** What is up and has to stay up. */
interface Live {
  readonly vfkit: StartedVfkit;
  readonly helper: NeededProcess | undefined;
}

function throwIfAborted({ signal, config }: Step): void {
  if (signal?.aborted === true) throw abortedError(`starting ${config.name}`, signal);
}

function until(host: Host, deadlineMs: number): number {
  return Math.max(1, deadlineMs - host.clock.monotonicMs());
}

/** Helper, then vfkit, from nothing. */
async function boot(
  step: Step,
  before: VfkitProcess,
  deadlineMs: number,
  cleanup: CleanupStack,
): Promise<Live> {
  const { host, paths } = step;
  const [executable] = await Promise.all([
    requireVfkit(host),
    requireFiles(step),
    // Meanwhile: it takes as long as a look at every process of the host.
    requireNoStray(step, before),
    // A disk may not be plugged in: vfkit would exit, with a reason or without.
    ...step.config.mounts.map(({ hostPath }) => checkMount(hostPath, "ERR_MOUNT_FAILED")),
  ]);
  await clearTheWay(step, before);
  throwIfAborted(step);
  cleanup.defer("removing the note of a start", () => removeIfPresent(paths.starting));
  await writeFileAtomic(paths.starting, "{}\n");
  await mendNewDisk(step);
  await keepDiskNew(step, cleanup);
  const helper = await startHelper(step, until(host, deadlineMs), cleanup);
  throwIfAborted(step);
  const vfkit = await spawnVfkit(step, executable, cleanup);
  return { vfkit, helper };
}

/**
 * Takes over what a killed start left, when all of it is well: ending a guest in its first boot could
 * leave its disk half formatted.
 */
async function resume(
  step: Step,
  before: VfkitProcess,
  cleanup: CleanupStack,
): Promise<Live | undefined> {
  if (before.info === undefined) return undefined;
  const { info } = before;
  cleanup.defer("removing the note of a start", () => removeIfPresent(step.paths.starting));
  // In the order in which a start would have made them, and before anything can be aborted.
  cleanup.defer("stopping vmnet-helper", () => stopHelper(step, TIMES.undoGraceMs / 2));
  cleanup.defer("ending vfkit", () => endVfkit(step, info));
  const helper = await adoptHelper(step);
  if (helper === "missing") return undefined;
  const vfkit = await adoptVfkit(step, info, before.startedAt);
  if (vfkit === undefined) return undefined;
  return { vfkit, helper: helper === "unneeded" ? undefined : helper };
}

/** From here on the machine counts as started. */
async function finish(
  step: Step,
  { identity, startedAt }: StartedVfkit,
  ip: string,
  isCreation: boolean,
): Promise<void> {
  const { paths, operation } = step;
  const { pid, startTime } = identity;
  await writeRecord(paths.vfkitPid, { pid, startTime, socket: paths.vfkitSocket, startedAt, ip });
  await removeIfPresent(paths.starting);
  // What a killed creation left is whole now: it is no creation's to complete any more.
  if (!isCreation) await removeIfPresent(paths.creating);
  operation.emit("start.done", { ip });
}

async function readKnownLeases({ host, config }: Step): Promise<KnownLeases> {
  try {
    const leases = await readLeasesOf(config.macAddress, { path: host.paths.dhcpdLeases });
    return knownLeases(leases);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    // The wait for a lease will meet it again, and then it counts.
    host.logger.debug("cannot read the leases before the start", { error });
    return knownLeases([]);
  }
}

async function requireFiles({ paths, config }: Step): Promise<void> {
  const needed = [
    paths.iso,
    paths.kernel,
    paths.initrd,
    paths.disk,
    ...paths.extraDisks,
    paths.key,
  ];
  await Promise.all(
    needed.map(async (path) => {
      const found = await stat(path).catch((error: unknown) => systemErrorCode(error) ?? "unknown");
      if (typeof found !== "string" && found.isFile() && found.size > 0) return;
      const seen =
        typeof found === "string" ? found : found.isFile() ? "it is empty" : "it is no file";
      throw new MachineError(`${config.name} cannot start: ${path}: ${seen}`, {
        code: "ERR_MACHINE_DAMAGED",
        hint: "Restore the file from a backup, or remove the machine and create it again.",
      });
    }),
  );
}

function alreadyRunning({ config }: Step, pid: number): MachineError {
  return new MachineError(`${config.name} is already running: vfkit has pid ${pid}`, {
    code: "ERR_ALREADY_RUNNING",
    hint: `Restart it with vfm restart ${config.name}.`,
  });
}
