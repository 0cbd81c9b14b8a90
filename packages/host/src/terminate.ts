import { withDeadline, type WaitOptions } from "./deadline.js";
import { isMachineError, MachineError } from "./errors.js";
import type { Host } from "./host.js";
import { isAlive, sendSignal, signalProcess, type ProcessIdentity } from "./process-identity.js";

const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 50;

/** How a process was brought to its end. */
export type TerminateOutcome = "already-gone" | "terminated" | "killed";

export interface TerminateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between SIGTERM and SIGKILL; 0 sends SIGKILL at once. */
  readonly gracePeriodMs: number;
  /** Milliseconds to wait for the end after SIGKILL (default 5 s). */
  readonly killTimeoutMs?: number | undefined;
  /** Signal the whole process group that the process leads; itself alone when it leads none. */
  readonly group?: boolean | undefined;
}

/**
 * Waits until a process that need not be our child is gone. There is no portable event for that, so
 * it looks, first after 2 ms and then ever more slowly, at least every 50 ms.
 *
 * @throws MachineError `ERR_TIMEOUT` (default 30 s), `ERR_ABORTED`
 */
export async function waitForExit(
  host: Host,
  identity: ProcessIdentity,
  { signal, timeoutMs = 30_000 }: WaitOptions = {},
): Promise<void> {
  const what = `waiting for process ${identity.pid} to exit`;
  await withDeadline(what, { signal, timeoutMs, clock: host.clock }, async (ended) => {
    let pauseMs = FIRST_LOOK_MS;
    while (await mayBeAlive(host, identity)) {
      await host.clock.sleep(pauseMs, { signal: ended });
      pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS);
    }
  });
}

/** A `ps` that took too long says nothing: it is asked again, and its timeout is not the caller's. */
async function mayBeAlive(host: Host, identity: ProcessIdentity): Promise<boolean> {
  try {
    return await isAlive(host, identity);
  } catch (error) {
    if (isMachineError(error, "ERR_TIMEOUT")) return true;
    throw error;
  }
}

/**
 * SIGTERM, a grace period, SIGKILL. Only ever signals the process that was recorded: a reused pid is
 * left alone.
 *
 * @throws MachineError `ERR_PROCESS_WILL_NOT_DIE` when it outlives SIGKILL, `ERR_ABORTED`
 */
export async function terminate(
  host: Host,
  identity: ProcessIdentity,
  options: TerminateOptions,
): Promise<TerminateOutcome> {
  const { signal, gracePeriodMs, killTimeoutMs = 5_000, group = false } = options;
  const { pid } = identity;
  const send = (name: NodeJS.Signals): void => {
    if (group && sendSignal(-pid, name) !== "gone") return;
    signalProcess(pid, name);
  };
  if (!(await isAlive(host, identity))) return "already-gone";
  if (gracePeriodMs > 0) {
    send("SIGTERM");
    if (await exitsWithin(host, identity, gracePeriodMs, signal)) return "terminated";
    if (!(await isAlive(host, identity))) return "terminated";
  }
  send("SIGKILL");
  if (await exitsWithin(host, identity, killTimeoutMs, signal)) return "killed";
  throw new MachineError(`process ${pid} is still there ${killTimeoutMs} ms after SIGKILL`, {
    code: "ERR_PROCESS_WILL_NOT_DIE",
    hint: `It may belong to another user or hang in the kernel: look at it with ps -p ${pid}.`,
  });
}

/**
 * {@link waitForExit} for those to whom a process that stays is no error.
 *
 * @returns whether it was gone in time
 * @throws MachineError `ERR_ABORTED`
 */
export async function exitsWithin(
  host: Host,
  identity: ProcessIdentity,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await waitForExit(host, identity, { signal, timeoutMs });
    return true;
  } catch (error) {
    if (isMachineError(error, "ERR_TIMEOUT")) return false;
    throw error;
  }
}
