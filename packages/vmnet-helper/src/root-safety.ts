import { MachineError, systemErrorCode, type Host } from "@vfkit-machine/host";
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Who owns a path and with which permissions. */
export interface Ownership {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Why somebody other than root could replace what is at this path; undefined when nobody can. Pure.
 * Group 0 (wheel) counts as root. ACLs are not looked at.
 */
export function whyUnsafe({ path, uid, gid, mode }: Ownership): string | undefined {
  if (uid !== 0) return `${path} belongs to user ${uid}`;
  if ((mode & 0o002) !== 0) return `${path} is writable by everybody`;
  if ((mode & 0o020) !== 0 && gid !== 0) return `${path} is writable by group ${gid}`;
  return undefined;
}

/**
 * Makes sure that only root can replace `file`: neither it nor a directory above it, by the name
 * given or by the real one, may be writable by others. Inside a user namespace "root" is the user,
 * and nothing is checked.
 *
 * @throws MachineError `ERR_VMNET_HELPER_UNSAFE`; `ERR_COMMAND_NOT_FOUND` when it is there no more
 */
export async function requireRootSafe(host: Host, file: string): Promise<void> {
  if (host.uid === 0 && (await isUserNamespace(host))) return;
  const paths = new Set([...withParents(file), ...withParents(await realPathOf(file))]);
  for (const path of paths) {
    const { uid, gid, mode } = await stat(path);
    const reason = whyUnsafe({ path, uid, gid, mode });
    if (reason !== undefined) throw unsafeError(file, reason);
  }
}

async function realPathOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new MachineError(`command not found: ${file}`, {
      code: "ERR_COMMAND_NOT_FOUND",
      hint: "It was there when it was looked for: look again, or install vmnet-helper again.",
      cause: error,
    });
  }
}

function withParents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}

async function isUserNamespace(host: Host): Promise<boolean> {
  if (host.platform !== "linux") return false;
  // The first namespace maps all 2^32 - 1 ids to themselves, see user_namespaces(7).
  const map = await readFile("/proc/self/uid_map", "utf8");
  return !/^\s*0\s+0\s+4294967295\s*$/.test(map);
}

function unsafeError(file: string, reason: string): MachineError {
  return new MachineError(`refusing to run ${file} as root: ${reason}`, {
    code: "ERR_VMNET_HELPER_UNSAFE",
    hint:
      "Install vmnet-helper so that root owns it and every directory above it. On macOS 26 and " +
      "later upgrade Homebrew's instead: 0.9.0 and newer need no root there.",
  });
}
