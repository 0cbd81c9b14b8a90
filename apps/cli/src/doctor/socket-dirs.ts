import { openMachine } from "@vfkit-machine/driver";
import { isMachineError, listProcesses, systemErrorCode, type Host } from "@vfkit-machine/host";
import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Examination, Finding } from "./types.js";

/** What the driver calls the short directories that it makes for sockets. */
const SOCKET_DIR = /^vfm-[0-9a-f]{12}$/;
/** What vfkit, vmnet-helper and the driver put there. */
const SOCKET = /^(?:vfkit(?:-\d+-\w+)?\.sock|vmnet-helper\.sock(?:\.lock)?)$/;

/**
 * Short directories for the sockets of machines whose own path is too long, when their machine is
 * gone: deleted by hand, not by `vfm rm`.
 */
export async function checkSocketDirs({
  host,
  storeDir,
  fix,
}: Pick<Examination, "host" | "storeDir" | "fix">): Promise<readonly Finding[]> {
  const run = join(storeDir, "run");
  const names = (await namesIn(run)).filter((name) => SOCKET_DIR.test(name));
  if (names.length === 0) return [];
  const commands = (await listProcesses(host)).map(({ command }) => command);
  // Last, right before they are deleted: a machine is in the store before it has a socket.
  const owned = await ownedSocketDirs(host, storeDir);
  if (owned === undefined) return [];
  const findings: Finding[] = [];
  for (const name of names) {
    // An orphan's, and not stale: it has a finding of its own.
    if (owned.has(name) || commands.some((command) => command.includes(`/${name}/`))) continue;
    const path = join(run, name);
    const gone = fix && (await removeSocketDir(path));
    findings.push({
      check: "stale-files",
      status: gone ? "pass" : "warn",
      message: `${path} was for the sockets of a machine that is gone${gone ? ": deleted" : ""}`,
      hint: gone ? undefined : hintFor(fix),
      fixed: gone,
    });
  }
  return findings;
}

function hintFor(tried: boolean): string {
  return tried
    ? "There is something else in it: look at it, and delete it."
    : "Delete it: vfm doctor --fix";
}

/** undefined: a machine cannot be read, so that whose directory is whose is not known. */
async function ownedSocketDirs(
  host: Host,
  storeDir: string,
): Promise<ReadonlySet<string> | undefined> {
  const owned = new Set<string>();
  for (const name of await namesIn(join(storeDir, "machines"))) {
    if (name.startsWith(".")) continue;
    try {
      owned.add(basename((await openMachine(name, { host, storeDir })).config.socketDir));
    } catch (error) {
      if (!isMachineError(error)) throw error;
      return undefined;
    }
  }
  return owned;
}

/** @returns false when something is in it that is not ours */
async function removeSocketDir(path: string): Promise<boolean> {
  for (const name of await namesIn(path)) {
    if (SOCKET.test(name)) await rm(join(path, name), { force: true });
  }
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") return true;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}

/** Names in a directory; none when there is no such directory. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
