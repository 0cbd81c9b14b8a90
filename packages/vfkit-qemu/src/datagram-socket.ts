import { randomInt } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemErrorCode } from "@vfkit-machine/host";
import { MAX_DATAGRAM_PATH_BYTES } from "./defaults.js";
import { failure } from "./errors.js";

/**
 * The path of the socket that a machine binds beside the one it talks to, named as vfkit names it:
 * up to 21 characters, pid and a random number in hex.
 *
 * @throws MachineError `ERR_NETWORK_SOCKET` when it is longer than vfkit allows
 */
export function localSocketPath(remotePath: string, pid: number, random: number): string {
  const name = `vfkit-${pid.toString(16)}-${random.toString(16)}.sock`;
  const path = join(dirname(remotePath), name);
  const length = Buffer.byteLength(path);
  if (length < MAX_DATAGRAM_PATH_BYTES) return path;
  throw failure(
    "ERR_NETWORK_SOCKET",
    `unixgram path '${path}' is too long: ${length} >= ${MAX_DATAGRAM_PATH_BYTES} bytes`,
    { hint: "Move the network socket to a directory with a shorter path." },
  );
}

/**
 * Checks that there is a socket to talk to, as vfkit's connect(2) does.
 *
 * @returns the local path, and whether anybody is seen to listen on the other
 * @throws MachineError `ERR_NETWORK_SOCKET`
 */
export async function prepareDatagramSocket(
  remotePath: string,
): Promise<{ readonly localPath: string; readonly listening: boolean }> {
  const localPath = localSocketPath(remotePath, process.pid, randomInt(0xffff));
  const dialled = `dial unixgram ${localPath}->${remotePath}`;
  try {
    if (!(await lstat(remotePath)).isSocket()) {
      throw failure("ERR_NETWORK_SOCKET", `${dialled}: connect: connection refused`);
    }
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw failure("ERR_NETWORK_SOCKET", `${dialled}: connect: no such file or directory`, {
      hint: "Start vmnet-helper first.",
    });
  }
  return { localPath, listening: isBound(remotePath, await readFile("/proc/net/unix", "utf8")) };
}

/**
 * @param procNetUnix the content of `/proc/net/unix`: the sockets of this network namespace, by the
 *   names they were bound with
 */
export function isBound(path: string, procNetUnix: string): boolean {
  return procNetUnix.split("\n").some((line) => line.endsWith(` ${path}`));
}
