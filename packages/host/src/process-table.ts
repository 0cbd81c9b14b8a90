import { readdir, readFile } from "node:fs/promises";
import { assertSuccess } from "./command-errors.js";
import { systemErrorCode } from "./errors.js";
import type { Host } from "./host.js";
import { parseProcStat, parsePs, type ProcessInfo } from "./process-identity.js";

/** A live process and whose child it is. */
export interface ProcessTableEntry extends ProcessInfo {
  readonly parentPid: number;
}

const MAX_PS_BYTES = 16 * 1024 * 1024;

/**
 * Every live process of the host that we may see, zombies left out. One look: it may have changed by
 * the time it is read. Linux: `/proc`; elsewhere `ps`.
 *
 * @throws MachineError `ERR_COMMAND_FAILED`, `ERR_TIMEOUT` (10 s)
 */
export async function listProcesses(host: Host): Promise<ProcessTableEntry[]> {
  if (host.platform === "linux") return listThroughProc();
  const columns = ["pid=", "ppid=", "lstart=", "state=", "command="].flatMap((c) => ["-o", c]);
  const result = await host.runner.run("/bin/ps", ["-A", "-ww", ...columns], {
    env: { ...host.env, LC_ALL: "C", TZ: "UTC" },
    timeoutMs: 10_000,
    maxOutputBytes: MAX_PS_BYTES,
  });
  return parsePsTable(assertSuccess(result).stdout);
}

/** The processes below `pid`, however deep; not itself. Pure. */
export function descendantsOf(
  processes: readonly ProcessTableEntry[],
  pid: number,
): ProcessTableEntry[] {
  const found: ProcessTableEntry[] = [];
  const parents = [pid];
  const seen = new Set(parents);
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const entry of processes) {
      if (entry.parentPid !== parent || seen.has(entry.pid)) continue;
      seen.add(entry.pid);
      found.push(entry);
      parents.push(entry.pid);
    }
  }
  return found;
}

/** Pure half of the `ps` look-up: a line each, pid and parent before the columns of {@link parsePs}. */
export function parsePsTable(stdout: string): ProcessTableEntry[] {
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parentPid, rest] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
    const info = rest === undefined ? undefined : parsePs(Number(pid), rest);
    return info === undefined ? [] : [{ ...info, parentPid: Number(parentPid) }];
  });
}

async function listThroughProc(): Promise<ProcessTableEntry[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(names.map((name) => readEntry(Number(name))));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(pid: number): Promise<ProcessTableEntry | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    const info = parseProcStat(pid, stat, cmdline);
    return info === undefined ? undefined : { ...info, parentPid: parentIn(stat) };
  } catch (error) {
    const code = systemErrorCode(error);
    // It ended between the listing and the look, or it is hidden from us.
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return undefined;
    throw error;
  }
}

/** Field 4 of proc(5)'s stat; field 2 may hold spaces and parentheses. */
function parentIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
