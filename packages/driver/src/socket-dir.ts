import { MachineError, type Host } from "@vfkit-machine/host";
import { createHash } from "node:crypto";
import { lstat, realpath } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { HELPER_SOCKET_DIRECTORY_MAX_BYTES, SOCKET_PATH_MAX_BYTES } from "./defaults.js";
import { HELPER_SOCKET, VFKIT_SOCKET, type MachinePaths } from "./machine-paths.js";
import { makePrivateDirectory, type Store } from "./store.js";
import type { NetworkMode } from "./types.js";

const RUNTIME_DIRECTORY = /^vfm-[0-9a-f]{12}$/;

/** Do a machine's sockets fit below this directory? A path's bytes count, not its characters. */
export function socketsFit(directory: string, network: NetworkMode): boolean {
  return Buffer.byteLength(directory) <= longestDirectory(network);
}

/**
 * Where the machine's sockets go: its own directory when its path is short enough, else a directory
 * named after that path, below the store or, when that is too long as well, below the temporary
 * directory.
 *
 * @param directory real path of the machine's directory
 * @param temporary real paths of temporary directories, best first
 * @throws MachineError `ERR_CHECK_SOCKET_PATH`
 */
export function chooseSocketDir(
  directory: string,
  network: NetworkMode,
  store: Store,
  temporary: readonly string[],
): string {
  const candidates = socketDirCandidates(directory, store, temporary);
  const chosen = candidates.find((candidate) => socketsFit(candidate, network));
  if (chosen !== undefined) return chosen;
  const lengths = candidates.map((path) => `${Buffer.byteLength(path)} bytes: ${path}`);
  throw new MachineError(
    `no directory is short enough for the sockets of a ${network} machine: its path may have ` +
      `${longestDirectory(network)} bytes\n  ${lengths.join("\n  ")}`,
    {
      code: "ERR_CHECK_SOCKET_PATH",
      hint: "Set VFM_HOME to a shorter path.",
    },
  );
}

/** Every directory in which the sockets of a machine may be, best first. */
export function socketDirCandidates(
  directory: string,
  store: Store,
  temporary: readonly string[],
): readonly string[] {
  const name = runtimeDirectoryName(directory);
  return [directory, ...[store.run, ...temporary].map((parent) => join(parent, name))];
}

/** Bytes that the directory of the sockets may have. */
export function longestDirectory(network: NetworkMode): number {
  return network === "nat"
    ? longestBeside(VFKIT_SOCKET)
    : Math.min(longestBeside(HELPER_SOCKET), HELPER_SOCKET_DIRECTORY_MAX_BYTES);
}

function longestBeside(socket: string): number {
  return SOCKET_PATH_MAX_BYTES - 1 - Buffer.byteLength(socket);
}

/**
 * May a config name this directory for its sockets? Only the machine's own or one that
 * {@link chooseSocketDir} could have made for it: a config is input, and files are removed there.
 */
export function isOwnSocketDir(socketDir: string, directory: string): boolean {
  if (socketDir === directory) return true;
  const name = runtimeDirectoryName(directory);
  return (
    isAbsolute(socketDir) &&
    normalize(socketDir) === socketDir &&
    socketDir.endsWith(`/${name}`) &&
    RUNTIME_DIRECTORY.test(name)
  );
}

/** Real paths of temporary directories that may hold sockets, best first. */
export async function temporaryDirectories(host: Host): Promise<readonly string[]> {
  const wanted = [...new Set([host.tmpDir, "/tmp"])];
  // One that is not there is no choice; that is all.
  const found = await Promise.all(wanted.map((path) => realpath(path).catch(() => undefined)));
  return found.filter((path) => path !== undefined);
}

/**
 * Makes the directory of the sockets, when it is not the machine's own. Below a temporary directory
 * anybody could have made it before us.
 *
 * @throws MachineError `ERR_SOCKET_DIR_UNSAFE`, `ERR_CHECK_STORE`
 */
export async function makeSocketDir(
  host: Host,
  { directory, socketDir }: Pick<MachinePaths, "directory" | "socketDir">,
): Promise<void> {
  if (socketDir === directory) return;
  await makePrivateDirectory(socketDir);
  const found = await lstat(socketDir);
  if (found.isDirectory() && found.uid === host.uid && (found.mode & 0o077) === 0) return;
  const mode = (found.mode & 0o7777).toString(8);
  throw new MachineError(
    `${socketDir} is not a directory that only we can enter: owner ${found.uid}, mode ${mode}`,
    { code: "ERR_SOCKET_DIR_UNSAFE", hint: "Remove it, when you know whose it is." },
  );
}

function runtimeDirectoryName(directory: string): string {
  return `vfm-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`;
}
