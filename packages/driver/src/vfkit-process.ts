import {
  exitsWithin,
  inspectProcess,
  listProcesses,
  namesWords,
  readFileBounded,
  removeIfPresent,
  systemErrorCode,
  writeFileAtomic,
  type Host,
  type ProcessInfo,
} from "@vfkit-machine/host";
import { restUriForUnixSocket } from "@vfkit-machine/vfkit-config/rest-uri";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MachinePaths } from "./machine-paths.js";
import { formerSocket } from "./moved-store.js";
import { isServed } from "./served-socket.js";
import { formatProcessRecord, parseProcessRecord, type ProcessRecord } from "./process-record.js";

const RECORD_MAX_BYTES = 4096;
/** A killed process ends within milliseconds; on a busy computer that is time enough to be looked at. */
const ENDING_MS = 1_000;

/** What the host and the machine's files say of its vfkit. */
export interface VfkitProcess {
  /** The live process, when it is ours. */
  readonly info: ProcessInfo | undefined;
  readonly record: ProcessRecord | undefined;
  /** Files that speak of a process that is gone. */
  readonly stale: readonly string[];
  /** Was a start left in the middle, or is one under way? */
  readonly starting: boolean;
  /** When the process was started, Unix milliseconds: by its record, else by the note of its start. */
  readonly startedAt: number | undefined;
}

type ProcessPaths = Pick<MachinePaths, "vfkitPid" | "vfkitSocket" | "starting">;

/**
 * Finds the process that runs the machine. A process is ours when its command line names the
 * machine's socket and its start time is the recorded one; a pid alone proves nothing. Where the store
 * was moved meanwhile, it is the socket that was recorded.
 *
 * A start that was killed between spawning and recording leaves a process without a record. Then,
 * and only then, all processes of the host are looked through.
 */
export async function readVfkitProcess(host: Host, paths: ProcessPaths): Promise<VfkitProcess> {
  const [text, noteAt, socket] = await Promise.all([
    readRecordText(paths.vfkitPid),
    modifiedAt(paths.starting),
    exists(paths.vfkitSocket),
  ]);
  const starting = noteAt !== undefined;
  if (text === undefined && !starting && !socket) {
    return { info: undefined, record: undefined, stale: [], starting, startedAt: undefined };
  }
  const record = parseProcessRecord(text ?? "");
  const startedAt = record?.startedAt ?? noteAt;
  const recorded = await recordedProcess(host, paths, record);
  if (recorded !== undefined) return { info: recorded, record, stale: [], starting, startedAt };
  const stale = [
    ...(text === undefined ? [] : [paths.vfkitPid]),
    ...(socket ? [paths.vfkitSocket] : []),
  ];
  // A good record of a process that is gone, and no start in between: there is no other.
  if (record?.startTime !== undefined && !starting) {
    return { info: undefined, record, stale, starting, startedAt };
  }
  const orphan = await findUnrecorded(host, paths);
  if (orphan !== undefined)
    return { info: orphan, record: undefined, stale: [], starting, startedAt };
  return { info: undefined, record, stale, starting, startedAt };
}

/** The process whose command line names the machine's socket, whatever was recorded: a look at all of the host's. */
export async function findUnrecorded(
  host: Host,
  { vfkitSocket }: Pick<MachinePaths, "vfkitSocket">,
): Promise<ProcessInfo | undefined> {
  const uri = restUriForUnixSocket(vfkitSocket);
  return (await listProcesses(host)).find(({ command }) => namesUri(command, uri));
}

/** Writes `vfkit.pid`, mode 0600, in one step. */
export async function writeRecord(path: string, record: ProcessRecord): Promise<void> {
  await writeFileAtomic(path, formatProcessRecord(record));
}

/** vfkit's own end of the connection to vmnet-helper, which a vfkit that is killed does not remove. */
const DATAGRAM_SOCKET = /^vfkit-[0-9a-f]+-[0-9a-f]+\.sock$/;

/**
 * Removes what a vfkit that is gone may have left: its record and its sockets, but never a socket that
 * another program serves. @returns what was there
 */
export async function removeVfkitFiles(
  paths: Pick<MachinePaths, "vfkitPid" | "vfkitSocket" | "socketDir">,
): Promise<string[]> {
  const entries = await readdir(paths.socketDir).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
  const sockets = entries.filter((name) => DATAGRAM_SOCKET.test(name));
  const { vfkitSocket } = paths;
  return removeStale([
    paths.vfkitPid,
    ...((await isServed(vfkitSocket)) ? [] : [vfkitSocket]),
    ...sockets.map((name) => join(paths.socketDir, name)),
  ]);
}

/** Removes what speaks of a process that is gone. @returns what was there */
export async function removeStale(paths: readonly string[]): Promise<string[]> {
  const removed = await Promise.all(
    paths.map(async (path) => ((await removeIfPresent(path)) ? path : undefined)),
  );
  return removed.filter((path) => path !== undefined);
}

export async function exists(path: string): Promise<boolean> {
  return (await modifiedAt(path)) !== undefined;
}

/** When a file was last written, Unix milliseconds; undefined when there is none. */
async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function recordedProcess(
  host: Host,
  paths: ProcessPaths,
  record: ProcessRecord | undefined,
): Promise<ProcessInfo | undefined> {
  if (record === undefined) return undefined;
  const info = await inspectProcess(host, record.pid);
  if (info === undefined) return undefined;
  if (record.startTime !== undefined && record.startTime !== info.startTime) return undefined;
  if (record.startTime !== undefined && isCommandGone(info.command)) {
    // It is ours and about to end: once it has, nobody serves its socket.
    await exitsWithin(host, info, ENDING_MS);
    return undefined;
  }
  if (namesUri(info.command, restUriForUnixSocket(paths.vfkitSocket))) return info;
  if (record.startTime === undefined) return undefined;
  const former = await formerSocket(record.socket, paths.vfkitSocket);
  if (former === undefined) return undefined;
  return namesUri(info.command, restUriForUnixSocket(former)) ? info : undefined;
}

/** Of a process that is about to end nothing is left on Linux, and its name in parentheses on macOS. */
function isCommandGone(command: string): boolean {
  return command === "" || /^\([^()]*\)$/.test(command);
}

/** As an argument of its own: `unix:///a/c1/vfkit.sock` is not in `unix:///a/c1/vfkit.sock.old`. */
function namesUri(command: string, uri: string): boolean {
  return namesWords(command, `--restful-uri ${uri}`);
}

async function readRecordText(path: string): Promise<string | undefined> {
  try {
    return (await readFileBounded(path, RECORD_MAX_BYTES)).toString("utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    // Too large, a directory, unreadable: there is something, and it is no record.
    return "";
  }
}
