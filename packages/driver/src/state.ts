import { isMachineError } from "@vfkit-machine/host";
import type { Subject } from "./context.js";
import { decideState } from "./decide-state.js";
import { TIMES } from "./defaults.js";
import { readLockHolder } from "./lock-holder.js";
import { askState } from "./rest.js";
import type { MachineState } from "./types.js";
import {
  readVfkitProcess,
  removeVfkitFiles,
  writeRecord,
  type VfkitProcess,
} from "./vfkit-process.js";

const STARTING: ReadonlySet<string> = new Set(["start", "create", "restart"]);
const STOPPING: ReadonlySet<string> = new Set(["stop", "kill", "remove", "restart"]);

/** The machine's state, and the process and record that it was read from. Waits for no lock. */
export async function readState(
  subject: Subject,
  signal: AbortSignal | undefined,
): Promise<{ readonly state: MachineState; readonly found: VfkitProcess }> {
  const { host, store, paths, config } = subject;
  const [found, holder] = await Promise.all([
    readVfkitProcess(host, paths),
    readLockHolder(host, store, config.name),
  ]);
  const operation = holder?.operation ?? "";
  const inProgress =
    found.starting && STARTING.has(operation)
      ? "start"
      : STOPPING.has(operation)
        ? "stop"
        : undefined;
  const alive = found.info !== undefined;
  const rest = alive ? await askState(subject, { signal, timeoutMs: TIMES.restCallMs }) : undefined;
  const { startedAt } = found;
  const ageMs = startedAt === undefined ? undefined : host.clock.now() - startedAt;
  if (holder === undefined && needsTidying(found)) await tidy(subject);
  return { state: decideState({ alive, rest, inProgress, ageMs }), found };
}

function needsTidying({ info, record, stale }: VfkitProcess): boolean {
  return stale.length > 0 || (info !== undefined && record === undefined);
}

/**
 * Removes stale files, and records a process that lost its record: with the lock, so that nobody is
 * just writing them, but never waiting for it.
 */
async function tidy({ host, store, paths, config }: Subject): Promise<void> {
  try {
    const { lockMachine } = await import("./lock.js");
    const lock = await lockMachine(host, store, config.name, { operation: "state", timeoutMs: 0 });
    try {
      const { info, record, stale, startedAt } = await readVfkitProcess(host, paths);
      if (stale.length > 0) await removeVfkitFiles(paths);
      if (info === undefined || record !== undefined) return;
      const { pid, startTime } = info;
      const socket = paths.vfkitSocket;
      await writeRecord(paths.vfkitPid, {
        pid,
        startTime,
        socket,
        startedAt,
        ip: undefined,
      });
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (isMachineError(error, "ERR_MACHINE_BUSY")) return;
    // A store that cannot be written can still be read.
    host.logger.warn(`could not tidy up ${config.name}`, { error });
  }
}
