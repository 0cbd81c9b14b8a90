import { MachineError } from "@vfkit-machine/host";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { isServed } from "./served-socket.js";
import { stopHelper } from "./start-network.js";
import { terminateVfkit } from "./terminate-vfkit.js";
import {
  exists,
  findUnrecorded,
  removeStale,
  removeVfkitFiles,
  type VfkitProcess,
} from "./vfkit-process.js";

/**
 * Removes what an earlier run left, so that this one begins with nothing: a vfkit that a killed start
 * left half done, a helper without its machine, files of processes that are gone. vfkit does not
 * remove an old socket itself, it exits.
 *
 * @throws MachineError `ERR_SOCKET_IN_USE` when a program that is not ours serves the socket
 */
export async function clearTheWay(step: Step, before: VfkitProcess): Promise<void> {
  const { host, paths, operation, signal } = step;
  if (before.info !== undefined) {
    await terminateVfkit(host, before.info, TIMES.terminateMs, { signal });
  }
  const helperFiles = [paths.helperPid, paths.helperSocket];
  const stale = await existing(helperFiles);
  await stopHelper(step, TIMES.helperStopMs, signal);
  await requireUnserved(step);
  const halfWritten = await findHalfWritten(paths.directory);
  const removed = [...(await removeVfkitFiles(paths)), ...(await removeStale(halfWritten))];
  for (const path of [...stale, ...removed]) operation.emit("start.stale.removed", { path });
}

/** What a program left that was killed while it replaced a file: the new file under a name of its own. */
async function findHalfWritten(directory: string): Promise<string[]> {
  const entries = await readdir(directory);
  return entries.filter((name) => HALF_WRITTEN.test(name)).map((name) => join(directory, name));
}

const HALF_WRITTEN =
  /^(?:known_hosts|(?:config|starting|creating)\.json|(?:vfkit|vmnet-helper)\.pid)\.\d+$/;

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => found[index]);
}

/**
 * Refuses to start beside a vfkit without a trace in the machine's files: they were deleted by hand
 * under it, and these are another machine's, with the same name, socket and MAC address. What it has
 * on its disk, which has no name any more, is lost when it ends: that is not for us to decide.
 *
 * @throws MachineError `ERR_SOCKET_IN_USE`
 */
export async function requireNoStray(
  { host, paths, config }: Step,
  before: VfkitProcess,
): Promise<void> {
  if (before.info !== undefined) return;
  const stray = await findUnrecorded(host, paths);
  if (stray === undefined) return;
  throw new MachineError(
    `a vfkit of an earlier ${config.name}, whose files are gone, still runs: pid ${stray.pid}`,
    {
      code: "ERR_SOCKET_IN_USE",
      hint: `End it with vfm doctor --fix or kill ${stray.pid}, and start ${config.name} again.`,
    },
  );
}

/** None of our processes is left: whoever answers at the socket is somebody else's. */
async function requireUnserved({ paths, config }: Step): Promise<void> {
  const path = paths.vfkitSocket;
  if (!(await exists(path))) return;
  const isDirectory = (await lstat(path)).isDirectory();
  if (!isDirectory && !(await isServed(path))) return;
  throw new MachineError(
    isDirectory ? `${path} is a directory` : `another program serves the socket ${path}`,
    {
      code: "ERR_SOCKET_IN_USE",
      hint: `Find it with lsof ${path}, end it, and start ${config.name} again.`,
    },
  );
}
