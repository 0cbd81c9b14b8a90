import {
  isAlive,
  isMachineError,
  MachineError,
  runAsRoot,
  sendSignal,
  waitForExit,
  type Host,
  type ProcessTableEntry,
} from "@vfkit-machine/host";
import { KILL_TIMEOUT_MS } from "./defaults.js";
import { isLauncher, isSudo } from "./processes.js";
import type { HelperStopOutcome } from "./types.js";

type Process = ProcessTableEntry;

/** Milliseconds after which it is looked whether those who were told are still there to pass it on. */
const ASK_AGAIN_AFTER_MS = 250;

export interface EndOptions {
  readonly gracePeriodMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ends all processes that `find` finds, now or as things go on: SIGTERM, a grace period, SIGKILL,
 * then what sudo can do.
 *
 * @throws MachineError `ERR_VMNET_HELPER_STILL_RUNNING`, `ERR_ABORTED`
 */
export async function endProcesses(
  host: Host,
  find: () => Promise<readonly Process[]>,
  { gracePeriodMs, signal }: EndOptions,
): Promise<HelperStopOutcome> {
  const known = new Map<number, Process>();
  // What was found once stays known: when a parent is gone, its children are no longer below it.
  const alive = async (): Promise<Process[]> => {
    for (const process of await find()) known.set(process.pid, process);
    return stillAlive(host, [...known.values()]);
  };
  const goneWithin = async (timeoutMs: number): Promise<boolean> =>
    (await exitedWithin(host, [...known.values()], timeoutMs, signal)) &&
    (await alive()).length === 0;

  if ((await alive()).length === 0) return "already-gone";
  const told = new Set<number>();
  const deadlineMs = host.clock.monotonicMs() + gracePeriodMs;
  for (let leftMs = gracePeriodMs; leftMs > 0; leftMs = deadlineMs - host.clock.monotonicMs()) {
    askToEnd(await alive(), told);
    if (await goneWithin(Math.min(leftMs, ASK_AGAIN_AFTER_MS))) return "terminated";
  }
  const processes = await alive();
  if (processes.length === 0) return "terminated";
  if (kill(processes) && (await goneWithin(KILL_TIMEOUT_MS))) return "killed";
  letSudoKill(await alive());
  if (await goneWithin(KILL_TIMEOUT_MS)) return "killed";
  await killAsRoot(host, await alive(), signal);
  if (await goneWithin(KILL_TIMEOUT_MS)) return "killed";
  throw stillRunningError(await alive());
}

/**
 * SIGTERM to the uppermost that were not told yet: sudo relays it, a helper looks after its own
 * children. When sudo may not be told, or was told and died without relaying, those below it are.
 */
function askToEnd(processes: readonly Process[], told: Set<number>): void {
  const isTold = (pid: number): boolean => {
    const process = processes.find((candidate) => candidate.pid === pid);
    return process !== undefined && (told.has(pid) || isTold(process.parentPid));
  };
  for (const { pid, command } of topDown(processes)) {
    if (!isTold(pid) && sendSignal(pid, "SIGTERM") === "sent" && !isLauncher(command)) {
      told.add(pid);
    }
  }
}

/** SIGKILL to all but sudo, which ends with its command. @returns whether all of them took it */
function kill(processes: readonly Process[]): boolean {
  const targets = processes.filter(({ command }) => !isSudo(command));
  const results = targets.map(({ pid }) => sendSignal(pid, "SIGKILL"));
  return targets.length > 0 && !results.includes("not-permitted");
}

/**
 * sudo takes SIGALRM as "the command has run too long" (its `command_timeout`) and sends, as root,
 * SIGHUP, SIGTERM and 2 s later SIGKILL.
 */
function letSudoKill(processes: readonly Process[]): void {
  for (const { pid, command } of processes) if (isSudo(command)) sendSignal(pid, "SIGALRM");
}

/** The last resort, for rules of sudoers that permit more than the helper. */
async function killAsRoot(
  host: Host,
  processes: readonly Process[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (processes.length === 0) return;
  const pids = processes.map(({ pid }) => String(pid));
  try {
    await runAsRoot(host, [["/bin/kill", "-KILL", ...pids]], { signal, timeoutMs: 10_000 });
  } catch (error) {
    // Refused, or one of them was gone already: whether they are gone is looked at next.
    if (!isMachineError(error, "ERR_SUDO_REFUSED", "ERR_COMMAND_FAILED")) throw error;
    host.logger.debug("could not kill vmnet-helper as root", { error });
  }
}

async function exitedWithin(
  host: Host,
  processes: readonly Process[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const options = { signal, timeoutMs };
  try {
    await Promise.all(processes.map((process) => waitForExit(host, process, options)));
    return true;
  } catch (error) {
    if (!isMachineError(error, "ERR_TIMEOUT")) throw error;
    return (await stillAlive(host, processes)).length === 0;
  }
}

async function stillAlive(host: Host, processes: readonly Process[]): Promise<Process[]> {
  const alive = await Promise.all(processes.map((process) => isAlive(host, process)));
  return processes.filter((_, index) => alive[index]);
}

/** Parents before their children. */
function topDown(processes: readonly Process[]): Process[] {
  const depth = ({ parentPid }: Process): number => {
    const parent = processes.find(({ pid }) => pid === parentPid);
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  return processes.toSorted((a, b) => depth(a) - depth(b));
}

function stillRunningError(processes: readonly Process[]): MachineError {
  const pids = processes.map(({ pid }) => pid).join(" ");
  return new MachineError(`vmnet-helper will not end: process ${pids}`, {
    code: "ERR_VMNET_HELPER_STILL_RUNNING",
    hint: `It runs as root: end it with sudo kill -KILL ${pids}`,
  });
}
