import {
  MachineError,
  readFileBounded,
  removeIfPresent,
  systemErrorCode,
  writeFileAtomic,
  type CleanupStack,
} from "@vfkit-machine/host";
import {
  checkVmnetHelper,
  findVmnetHelper,
  parseHelperRecord,
  readHelperState,
  startVmnetHelper,
  stopVmnetHelper,
  type HelperRecord,
  type HelperStopOutcome,
} from "@vfkit-machine/vmnet-helper";
import type { Step, Subject } from "./context.js";
import { TIMES } from "./defaults.js";
import { rivalInterfaces, vmnetAddresses } from "./host-networks.js";
import { makeSocketDir } from "./socket-dir.js";
import { formerSocket } from "./moved-store.js";
import { exists } from "./vfkit-process.js";
import { watchExit, type NeededProcess } from "./needed-processes.js";

/** Starts vmnet-helper when the network wants one. Undone by `cleanup`. */
export async function startHelper(
  step: Step,
  timeoutMs: number,
  cleanup: CleanupStack,
): Promise<NeededProcess | undefined> {
  const { host, config, paths, operation, signal, sudo } = step;
  if (config.network !== "vmnet-shared") return undefined;
  const found = await findVmnetHelper(host, { signal });
  // Of none it throws where it was looked for; one that is there is checked by its start.
  const helper = found ?? (await checkVmnetHelper(host, found, { signal }));
  await makeSocketDir(host, paths);
  cleanup.defer("stopping vmnet-helper", () => stopHelper(step, TIMES.undoGraceMs / 2));
  const running = await startVmnetHelper(host, {
    helper,
    socketPath: paths.helperSocket,
    logPath: paths.helperLog,
    interfaceId: config.vmnetInterfaceId,
    mode: "shared",
    ...vmnetAddresses(rivalInterfaces(host)),
    consent: sudo,
    signal,
    timeoutMs: Math.min(TIMES.helperMs, timeoutMs),
    onSpawn: async (record) => {
      await writeFileAtomic(paths.helperPid, `${JSON.stringify(record)}\n`);
      operation.emit("start.helper.spawned", { pid: record.pid });
    },
  });
  operation.emit("start.helper.ready", { interfaceId: running.interface.vmnet_interface_id });
  return {
    name: "vmnet-helper",
    identity: running.identity,
    exited: () => running.exited,
    logPath: paths.helperLog,
  };
}

/** Takes over the helper of a start that was killed. */
export async function adoptHelper({
  host,
  config,
  paths,
}: Step): Promise<NeededProcess | "unneeded" | "missing"> {
  if (config.network !== "vmnet-shared") return "unneeded";
  const record = await readHelperRecord(paths.helperPid);
  if (record === undefined) return "missing";
  if ((await readHelperState(host, record, paths.helperSocket)) === "gone") return "missing";
  return {
    name: "vmnet-helper",
    identity: record,
    exited: (signal) => watchExit(host, record, signal),
    logPath: paths.helperLog,
  };
}

/**
 * Stops the machine's vmnet-helper and removes its files. Also finds one that was never recorded.
 *
 * @returns undefined when nothing speaks of a helper
 */
export async function stopHelper(
  { host, config, paths }: Pick<Subject, "host" | "config" | "paths">,
  gracePeriodMs: number = TIMES.helperStopMs,
  signal?: AbortSignal,
): Promise<HelperStopOutcome | undefined> {
  const trace = await Promise.all([
    exists(paths.helperPid),
    exists(paths.helperSocket),
    exists(paths.starting),
  ]);
  if (config.network !== "vmnet-shared" || !trace.includes(true)) return undefined;
  const record = await readHelperRecord(paths.helperPid);
  const former = await formerSocket(record?.socketPath, paths.helperSocket);
  const outcome = await stopVmnetHelper(host, record, {
    socketPath: former ?? paths.helperSocket,
    gracePeriodMs,
    signal,
  });
  // What it would have removed itself, had it not been moved.
  if (former !== undefined) {
    await removeIfPresent(paths.helperSocket);
    await removeIfPresent(`${paths.helperSocket}.lock`);
  }
  await removeIfPresent(paths.helperPid);
  return outcome;
}

async function readHelperRecord(path: string): Promise<HelperRecord | undefined> {
  try {
    return parseHelperRecord((await readFileBounded(path, 4096)).toString("utf8"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof MachineError) return undefined;
    throw error;
  }
}
