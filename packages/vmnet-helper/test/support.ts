import {
  createHost,
  isMachineError,
  MACOS_PATHS,
  sendSignal,
  type MachineError,
  type Host,
} from "@vfkit-machine/host";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findHelperProcesses,
  type StartHelperOptions,
  type StopHelperOptions,
  type VmnetHelper,
} from "../src/index.js";

export const FIXTURE: string = join(import.meta.dirname, "fixtures/vmnet-helper");

/** A vmnet-helper that needs no root: the fixture. */
const HELPER: VmnetHelper = {
  path: FIXTURE,
  version: { major: 0, minor: 13, patch: 0, text: "0.13.0" },
  needsRoot: false,
};

/** A directory, and the helper whose socket and log are in it. */
export class Lair {
  readonly dir: string;
  readonly socketPath: string;
  readonly logPath: string;

  constructor(dir: string) {
    this.dir = dir;
    this.socketPath = join(dir, "h.sock");
    this.logPath = join(dir, "h.log");
  }

  static async open(): Promise<Lair> {
    return new Lair(await mkdtemp(join(tmpdir(), "vmnet-helper-")));
  }

  options(overrides: Partial<StartHelperOptions> = {}): StartHelperOptions {
    const { socketPath, logPath } = this;
    return { helper: HELPER, socketPath, logPath, timeoutMs: 20_000, ...overrides };
  }

  get stop(): StopHelperOptions {
    return { socketPath: this.socketPath };
  }

  async processes(): Promise<string[]> {
    const found = await findHelperProcesses(createHost(), this.socketPath);
    return found.map(({ pid, command }) => `${pid} ${command}`);
  }

  async files(): Promise<string[]> {
    return (await readdir(this.dir)).toSorted();
  }

  async close(): Promise<void> {
    for (const { pid } of await findHelperProcesses(createHost(), this.socketPath)) {
      sendSignal(pid, "SIGKILL");
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A host on which the fixture breaks the contract as `words` say. */
export function hostWith(words = "", overrides: Partial<Host> = {}): Host {
  return createHost({
    // The system's python3 before any wrapper of it: it is started often.
    env: {
      ...process.env,
      PATH: `/usr/bin:/bin:${process.env["PATH"]}`,
      FAKE_HELPER: words,
      FAKE_OWNER: String(process.pid),
    },
    paths: { ...MACOS_PATHS, vmnetHelper: FIXTURE },
    ...overrides,
  });
}

/** What a promise rejects with. @throws Error when it does not, or with something else */
export async function errorOf(promise: Promise<unknown>): Promise<MachineError> {
  const error = await promise.then(
    () => new Error("expected a rejection"),
    (error: unknown) => error,
  );
  if (isMachineError(error)) return error;
  throw error;
}

/** A socket file that nobody serves any more. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const script =
    "import socket,sys; socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).bind(sys.argv[1])";
  await once(spawn("python3", ["-c", script, path], { stdio: "inherit" }), "exit");
}
