import { MachineError, type Host } from "@vfkit-machine/host";
import { createHash } from "node:crypto";
import { isAbsolute, join, normalize } from "node:path";
import { HELPER_SOCKET_DIRECTORY_MAX_BYTES, SOCKET_PATH_MAX_BYTES } from "./defaults.js";
import { HELPER_SOCKET, VFKIT_SOCKET } from "./machine-paths.js";
import type { Store } from "./store.js";
import type { NetworkMode } from "./types.js";

const RUNTIME_DIRECTORY = /^vfm-[0-9a-f]{12}$/;

/** Do a machine's sockets fit below this directory? A path's bytes count, not its characters. */
export function socketsFit(directory: string, network: NetworkMode): boolean {
  const bytes = Buffer.byteLength(directory);
  const longest = Buffer.byteLength(network === "vmnet-shared" ? HELPER_SOCKET : VFKIT_SOCKET);
  return (
    bytes + 1 + longest <= SOCKET_PATH_MAX_BYTES &&
    (network === "nat" || bytes <= HELPER_SOCKET_DIRECTORY_MAX_BYTES)
  );
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
  const name = runtimeDirectoryName(directory);
  const candidates = [directory, ...[store.run, ...temporary].map((parent) => join(parent, name))];
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

/** Bytes that the directory of the sockets may have. */
export function longestDirectory(network: NetworkMode): number {
  const ofPath = (socket: string): number => SOCKET_PATH_MAX_BYTES - 1 - Buffer.byteLength(socket);
  return network === "nat"
    ? ofPath(VFKIT_SOCKET)
    : Math.min(ofPath(HELPER_SOCKET), HELPER_SOCKET_DIRECTORY_MAX_BYTES);
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

/** Temporary directories that may hold sockets, best first. */
export function temporaryDirectories(host: Host): readonly string[] {
  return host.tmpDir === "/tmp" ? ["/tmp"] : [host.tmpDir, "/tmp"];
}

function runtimeDirectoryName(directory: string): string {
  return `vfm-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`;
}
