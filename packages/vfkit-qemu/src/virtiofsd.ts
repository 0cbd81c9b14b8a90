import { once } from "node:events";
import { mkdtemp, rename } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import {
  describeEnd,
  findExecutable,
  indent,
  isExecutable,
  removeTree,
  withDeadline,
  type CleanupStack,
  type Host,
} from "@vfkit-machine/host";
import type { VirtioFs } from "@vfkit-machine/vfkit-config";
import { failure } from "./errors.js";
import type { SupportedMachine } from "./refusals.js";
import { ensureRunDirectory } from "./run-directory.js";
import { startSupervised, type Supervised } from "./supervised.js";

/** Where distributions put it; seldom on PATH. */
const USUAL_PATHS = [
  "/usr/libexec/virtiofsd",
  "/usr/lib/qemu/virtiofsd",
  "/usr/lib/virtiofsd",
  "/usr/libexec/qemu/virtiofsd",
];

/** Milliseconds in which a virtiofsd that made QEMU fail is seen to have ended. */
const BLAME_TIMEOUT_MS = 500;

/** The file servers of a machine's virtio-fs devices. */
export interface SharedDirectories {
  /** virtiofsd's socket for each device, in order. */
  readonly socketPaths: readonly string[];
  /** Removes the sockets' names: who is connected stays connected. */
  forgetSockets(): Promise<void>;
  /** What to throw when QEMU failed with `error`: virtiofsd's failure where that was the cause. */
  explain(error: unknown): Promise<unknown>;
}

/**
 * Starts one virtiofsd for each virtio-fs device. It ends when QEMU hangs up, when `cleanup` runs,
 * and when we end, however we end.
 *
 * @throws MachineError `ERR_VIRTIOFSD` when there is none to start, `ERR_RUN_DIRECTORY`
 */
export async function startSharedDirectories(
  host: Host,
  machine: SupportedMachine,
  cleanup: CleanupStack,
): Promise<SharedDirectories> {
  const devices = machine.devices.filter((device) => device.kind === "virtio-fs");
  if (devices.length === 0) return NONE;
  const program = await findVirtiofsd(host);
  const directory = await mkdtemp(join(await ensureRunDirectory(host), "fs-"));
  const forgetSockets = async (): Promise<void> => removeTree(directory);
  cleanup.defer("removing virtiofsd's sockets", forgetSockets);
  const running: Supervised[] = [];
  const socketPaths: string[] = [];
  for (const [index, device] of devices.entries()) {
    const socketPath = join(directory, `${index}.sock`);
    const supervised = await startVirtiofsd(host, program, device, socketPath);
    cleanup.defer("ending virtiofsd", async () => {
      supervised.kill();
      await supervised.exited;
    });
    running.push(supervised);
    socketPaths.push(socketPath);
  }
  return {
    socketPaths,
    forgetSockets,
    explain: async (error) => (await firstFailure(running)) ?? error,
  };
}

const NONE: SharedDirectories = {
  socketPaths: [],
  forgetSockets: async () => undefined,
  explain: async (error) => error,
};

async function findVirtiofsd(host: Host): Promise<string> {
  const onPath = await findExecutable(host, "virtiofsd");
  if (onPath !== undefined) return onPath;
  for (const path of USUAL_PATHS) if (await isExecutable(path)) return path;
  throw failure("ERR_VIRTIOFSD", `no virtiofsd: not on PATH, and not ${USUAL_PATHS.join(", ")}`, {
    hint: "On Debian and Ubuntu: apt install virtiofsd; before Debian 13: qemu-system-common.",
  });
}

/** virtiofsd's command line, for the C program (QEMU < 8) and the Rust one alike. */
function virtiofsdArgv(program: string, sharedDir: string): string[] {
  // Standard input is the listening socket.
  return [program, "--fd=0", "-f", "-o", `source=${sharedDir}`];
}

/**
 * virtiofsd gets its socket already listening, so there is nothing to wait for: who connects early
 * is queued. Given a path instead, the C program would leave a pid file in /var/run, which only root
 * may write.
 */
async function startVirtiofsd(
  host: Host,
  program: string,
  { sharedDir, mountTag }: VirtioFs,
  socketPath: string,
): Promise<Supervised> {
  const server = createServer();
  server.listen(`${socketPath}.new`);
  await once(server, "listening");
  // Closing the server removes the name it was given; under another the socket stays reachable.
  await rename(`${socketPath}.new`, socketPath);
  const name = `virtiofsd ${mountTag ?? sharedDir}`;
  try {
    // As standard input, because that is what Node makes blocking in the child, as virtiofsd wants it.
    const stdio = [descriptorOf(server), "ignore", "pipe"] as const;
    return await startSupervised(virtiofsdArgv(program, sharedDir), [...stdio], host.env, (line) =>
      host.logger.debug(`${name}: ${line}`),
    );
  } finally {
    server.close();
  }
}

/** Node has no public way to hand a listening socket to a program that is not Node. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined || handle.fd < 0) throw new Error("a listening server without a fd");
  return handle.fd;
}

async function firstFailure(running: readonly Supervised[]): Promise<Error | undefined> {
  const failures = running.map(async (supervised) => {
    const end = await supervised.exited;
    if (end.exitCode === 0) throw new Error("virtiofsd ended well");
    const words = supervised.lastWords();
    const said = words.length === 0 ? " and printed nothing" : `:\n${indent(words)}`;
    return failure("ERR_VIRTIOFSD", `virtiofsd ${describeEnd(end)}${said}`);
  });
  try {
    const timeoutMs = BLAME_TIMEOUT_MS;
    return await withDeadline("virtiofsd's end", { timeoutMs }, () => Promise.any(failures));
  } catch {
    // None failed, or none in time: QEMU's own words have to do.
    return undefined;
  }
}
