import { readFile } from "node:fs/promises";
import { commandFailedError } from "./command-errors.js";
import { systemErrorCode } from "./errors.js";
import type { Host } from "./host.js";

/**
 * Which process a pid meant when it was recorded. A pid alone proves nothing: it is reused. The same
 * pid with the same start time is the same process.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque text, equal for as long as the process lives and different for another with its pid. */
  readonly startTime: string;
}

/** What the host says of a live process. */
export interface ProcessInfo extends ProcessIdentity {
  /** The command line: words joined by spaces, as `ps` prints it. Look into it with `namesWords`. */
  readonly command: string;
}

/**
 * Looks a process up. A zombie counts as gone: it runs no more, only its parent has not asked yet.
 * On Linux not before its last thread has ended: until then its sockets and files are open. Such a
 * process has lost its memory, and `command` is empty.
 *
 * Linux: `/proc/PID/stat` and `cmdline`; elsewhere `ps`.
 *
 * @returns undefined when there is no such process
 */
export async function inspectProcess(host: Host, pid: number): Promise<ProcessInfo | undefined> {
  if (!isPid(pid)) return undefined;
  return host.platform === "linux" ? inspectThroughProc(pid) : inspectThroughPs(host, pid);
}

/** Is the recorded process still alive, and is it that process? */
export async function isAlive(host: Host, identity: ProcessIdentity): Promise<boolean> {
  // A recorded pid that is none would ask after a whole group, or be refused by Node.js.
  if (!isPid(identity.pid) || !signalProcess(identity.pid, 0)) return false;
  const info = await inspectProcess(host, identity.pid);
  return info !== undefined && info.startTime === identity.startTime;
}

/**
 * Sends a signal, or only asks (`0`).
 *
 * @param pid negative for a process group
 * @returns false when there is no such process; true also when it exists but is not ours (EPERM)
 */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  return sendSignal(pid, signal) !== "gone";
}

/**
 * Sends a signal, or only asks (`0`), and tells a process that is gone from one that is another
 * user's.
 *
 * @param pid negative for a process group, which is `not-permitted` only when no member may be signalled
 */
export function sendSignal(
  pid: number,
  signal: NodeJS.Signals | 0,
): "sent" | "gone" | "not-permitted" {
  // kill(2): 0 is our own process group, -1 everything that we may signal.
  if (pid === 0 || pid === -1) throw new Error(`refusing to send ${signal} to pid ${pid}`);
  try {
    process.kill(pid, signal);
    return "sent";
  } catch (error) {
    if (systemErrorCode(error) === "ESRCH") return "gone";
    if (systemErrorCode(error) === "EPERM") return "not-permitted";
    throw error;
  }
}

async function inspectThroughProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    return parseProcStat(pid, stat, cmdline);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

/**
 * Pure half of the Linux look-up; see proc(5): field 3 is the state, field 20 the number of threads,
 * field 22 the start time in ticks.
 *
 * The state is that of the first thread: one of a killed process may be a zombie while others have
 * not ended yet, and they hold what the process holds.
 */
export function parseProcStat(pid: number, stat: string, cmdline: string): ProcessInfo | undefined {
  // Field 2 is the command in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const threads = Number(fields[17]);
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  if ((state === "Z" && threads <= 1) || state === "X") return undefined;
  const command = cmdline.replace(/\0+$/, "").replaceAll("\0", " ");
  return { pid, startTime, command };
}

async function inspectThroughPs(host: Host, pid: number): Promise<ProcessInfo | undefined> {
  const columns = ["-o", "lstart=", "-o", "state=", "-o", "command="];
  const result = await host.runner.run("/bin/ps", ["-ww", "-p", String(pid), ...columns], {
    env: { ...host.env, LC_ALL: "C", TZ: "UTC" },
    timeoutMs: 5_000,
  });
  // Without a process, ps prints nothing and exits with 1. Anything else must not pass for that.
  if (result.exitCode !== 0 && result.stderr.trim() !== "") throw commandFailedError(result);
  return parsePs(pid, result.stdout);
}

/** Pure half of the `ps` look-up: `Sun Nov 22 02:11:00 2026 S+   /opt/homebrew/bin/vfkit --cpus 2 ...`. */
export function parsePs(pid: number, stdout: string): ProcessInfo | undefined {
  const match = /^\s*(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(\S+)\s+(.*\S)\s*$/s.exec(stdout);
  const [, startTime, state, command] = match ?? [];
  if (startTime === undefined || state === undefined || command === undefined) return undefined;
  if (state.startsWith("Z")) return undefined;
  return { pid, startTime: startTime.replace(/\s+/g, " "), command };
}

function isPid(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0 && pid < 2 ** 31;
}
