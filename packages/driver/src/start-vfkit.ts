import {
  describeEnd,
  indent,
  inspectProcess,
  isMachineError,
  MachineError,
  readLastLines,
  signalProcess,
  type CleanupStack,
  type ProcessIdentity,
} from "@vfkit-machine/host";
import { toArgv } from "@vfkit-machine/vfkit-config";
import { chmod } from "node:fs/promises";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { openFreshLog } from "./logs.js";
import { askState, waitForState } from "./rest.js";
import { makeSocketDir } from "./socket-dir.js";
import { terminateVfkit } from "./terminate-vfkit.js";
import { removeVfkitFiles, writeRecord } from "./vfkit-process.js";
import { buildVirtualMachine } from "./virtual-machine.js";
import { watchExit, type NeededProcess } from "./needed-processes.js";

export interface StartedVfkit extends NeededProcess {
  /** Unix milliseconds. */
  readonly startedAt: number | undefined;
}

/** Starts vfkit as a daemon and records it. Undone by `cleanup`. */
export async function spawnVfkit(
  step: Step,
  executable: string,
  cleanup: CleanupStack,
): Promise<StartedVfkit> {
  const { host, config, paths, operation } = step;
  const argv = toArgv(buildVirtualMachine(config, paths, host.arch));
  await makeSocketDir(host, paths);
  await using log = await openFreshLog(paths.vfkitLog);
  // vfkit would make it for all to read.
  await (await openFreshLog(paths.serialLog)).close();
  const daemon = await host.runner.startDaemon(executable, argv, { stdout: log, stderr: log });
  const identity = await inspectProcess(host, daemon.pid).catch((error: unknown) => {
    // Our own child, just started: the pid is its own.
    signalProcess(-daemon.pid, "SIGKILL");
    throw error;
  });
  if (identity === undefined) {
    const lines = await readLastLines(paths.vfkitLog);
    throw new MachineError(`vfkit ${describeEnd(await daemon.exited)} at once:\n${indent(lines)}`, {
      code: "ERR_START_FAILED",
    });
  }
  cleanup.defer("ending vfkit", () => endVfkit(step, identity));
  const { pid, startTime } = identity;
  const startedAt = host.clock.now();
  const record = { pid, startTime, socket: paths.vfkitSocket, startedAt, ip: undefined };
  await writeRecord(paths.vfkitPid, record);
  operation.emit("start.vfkit.spawned", { pid, argv: [executable, ...argv] });
  const exited: NeededProcess["exited"] = () => daemon.exited;
  return { name: "vfkit", identity, exited, logPath: paths.vfkitLog, startedAt };
}

/** Waits until REST answers and says that the machine runs. */
export async function waitUntilRunning(step: Step, timeoutMs: number): Promise<void> {
  const { paths, operation, signal } = step;
  try {
    let heard = false;
    await waitForState(step, "Running", {
      signal,
      timeoutMs,
      onState: ({ state }) => {
        if (heard || state === "NotListening") return;
        heard = true;
        operation.emit("start.rest.ready", {});
      },
    });
    // Its directory lets nobody else in; this is the second lock on the door.
    await chmod(paths.vfkitSocket, 0o600);
  } catch (error) {
    if (isMachineError(error, "ERR_ABORTED")) throw error;
    throw await notRunningError(step, error);
  }
  operation.emit("start.vm.running", {});
}

/** Takes over the vfkit of a start that was killed, when its machine runs. */
export async function adoptVfkit(
  step: Step,
  info: ProcessIdentity,
  startedAt: number | undefined,
): Promise<StartedVfkit | undefined> {
  const { host, paths, signal } = step;
  const state = await askState(step, { signal, timeoutMs: TIMES.restCallMs });
  if (state !== "Running") return undefined;
  return {
    name: "vfkit",
    identity: info,
    exited: (ended) => watchExit(host, info, ended),
    logPath: paths.vfkitLog,
    startedAt,
  };
}

/** Ends vfkit while a start is undone, and removes what it left. */
export async function endVfkit({ host, paths }: Step, identity: ProcessIdentity): Promise<void> {
  // The guest is asked first, but a start that is given up has 5 s for all of it.
  await terminateVfkit(host, identity, TIMES.undoGraceMs);
  await removeVfkitFiles(paths);
}

/** REST did not come up, or the machine did not: with the end of vfkit's log. */
async function notRunningError({ paths }: Step, cause: unknown): Promise<MachineError> {
  const lines = await readLastLines(paths.vfkitLog);
  const why = cause instanceof Error ? cause.message : String(cause);
  const said = lines.length === 0 ? "" : `\n${indent(lines)}`;
  return new MachineError(`vfkit does not run the machine: ${why}${said}`, {
    code: "ERR_START_FAILED",
    hint: `Its whole output is in ${paths.vfkitLog}.`,
    cause,
  });
}
