import {
  descendantsOf,
  inspectProcess,
  listProcesses,
  namesWords,
  type Host,
  type ProcessIdentity,
  type ProcessTableEntry,
} from "@vfkit-machine/host";

/**
 * Every process of the helper that serves `socketPath`: those whose command line names the socket
 * and vmnet-helper (sudo's names both too) or that are the recorded process, and all below them. It
 * finds a helper that lost its record, and one whose sudo was killed above it.
 *
 * @param record when given, a process of any name whose pid and start time match counts as well
 */
export async function findHelperProcesses(
  host: Host,
  socketPath: string,
  record?: ProcessIdentity,
): Promise<ProcessTableEntry[]> {
  const table = await listProcesses(host);
  const named = table.filter(
    (entry) =>
      namesSocket(entry.command, socketPath) &&
      (namesHelper(entry.command) || isRecorded(entry, record)),
  );
  const all = new Map(named.map((entry) => [entry.pid, entry]));
  for (const { pid } of named) {
    for (const entry of descendantsOf(table, pid)) all.set(entry.pid, entry);
  }
  return [...all.values()];
}

/** Helpers of the same socket that are neither this process nor below it. */
export async function findRivals(
  host: Host,
  socketPath: string,
  { pid }: ProcessIdentity,
): Promise<ProcessTableEntry[]> {
  const found = await findHelperProcesses(host, socketPath);
  const ours = new Set([pid, ...descendantsOf(found, pid).map((entry) => entry.pid)]);
  return found.filter((entry) => !ours.has(entry.pid) && !isLauncher(entry.command));
}

/** The recorded process and all below it; none when it is gone. */
export async function findProcessesBelow(
  host: Host,
  record: ProcessIdentity,
): Promise<ProcessTableEntry[]> {
  const table = await listProcesses(host);
  const found = table.filter((entry) => isRecorded(entry, record));
  return found.length === 0 ? [] : [...found, ...descendantsOf(table, record.pid)];
}

/**
 * Is the helper of `socketPath` there? The recorded process counts when its start time matches and
 * its command line names the socket: a pid alone proves nothing. Without a record, or when it is
 * out of date, any vmnet-helper that names the socket counts. Changes nothing.
 *
 * @throws MachineError `ERR_COMMAND_FAILED`, `ERR_TIMEOUT` (10 s) when `ps` does
 */
export async function readHelperState(
  host: Host,
  record: ProcessIdentity | undefined,
  socketPath: string,
): Promise<"running" | "gone"> {
  if (record !== undefined) {
    const info = await inspectProcess(host, record.pid);
    if (info !== undefined && isRecorded(info, record) && namesSocket(info.command, socketPath)) {
      return "running";
    }
  }
  return (await findHelperProcesses(host, socketPath, record)).length > 0 ? "running" : "gone";
}

/** Does this command line, its words joined by spaces, say `--socket PATH`? Pure. */
export function namesSocket(command: string, socketPath: string): boolean {
  return namesWords(command, `--socket ${socketPath}`);
}

/** Is one of the words before the options a vmnet-helper? Pure. */
export function namesHelper(command: string): boolean {
  return /(?:^|[ /])vmnet-helper(?: |$)/.test(command.split(" --socket ")[0] ?? "");
}

/** Is this sudo, as the program itself? Pure. */
export function isSudo(command: string): boolean {
  return /^(?:\S*\/)?sudo /.test(command);
}

/** The shell that holds a daemon in the terminal's session: it only waits, and ignores SIGTERM. Pure. */
export function isLauncher(command: string): boolean {
  return command.startsWith("/bin/bash -c set -m");
}

function isRecorded(identity: ProcessIdentity, record: ProcessIdentity | undefined): boolean {
  return identity.pid === record?.pid && identity.startTime === record.startTime;
}
