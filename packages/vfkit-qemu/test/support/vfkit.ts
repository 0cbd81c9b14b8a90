/// <reference lib="esnext.disposable" />
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { withDeadline, type ProcessEnd } from "@vfkit-machine/host";
import { openVfkitClient, type VfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { boundToParent } from "../../src/supervised.js";
import type { Guest } from "./guest.js";

export const MAIN: string = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Milliseconds that anything in a test may take, on a busy computer that emulates. */
const PATIENCE_MS = 40_000;

/** A temporary directory, and what was started in it. */
export class Workshop implements AsyncDisposable {
  readonly directory: string;
  readonly #started: Vfkit[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), "vq-")));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** @param wrapper runs the program, as in `["nsenter", ...]` */
  start(
    args: readonly string[],
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly wrapper?: readonly string[];
    } = {},
  ): Vfkit {
    const env = {
      ...process.env,
      VFKIT_QEMU_RUN_DIR: this.path("run"),
      // Tests are about vfkit: only those of KVM itself may find it, and hang on it.
      VFKIT_QEMU_ACCEL: "tcg",
      ...options.env,
    };
    const command = [...(options.wrapper ?? []), process.execPath, MAIN, ...args];
    const [file = "", ...rest] = boundToParent(command, process.pid);
    const child = spawn(file, rest, {
      cwd: this.directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const vfkit = new Vfkit(child, this.path("rest.sock"), this.path("serial.log"));
    this.#started.push(vfkit);
    return vfkit;
  }

  /** {@link start} with a guest, a REST socket and a serial log. */
  boot(
    guest: Guest,
    options: {
      readonly words?: string;
      readonly devices?: readonly string[];
      readonly flags?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly wrapper?: readonly string[];
    } = {},
  ): Vfkit {
    const { kernelPath, initrdPath } = guest;
    const cmdline = `console=ttyS0 quiet panic=-1 ${options.words ?? ""}`;
    const log = `virtio-serial,logFilePath=${this.path("serial.log")}`;
    const devices = ["virtio-rng", log, ...(options.devices ?? [])];
    const args = [
      ["--cpus", "1", "--memory", "256", "--log-level", "debug"],
      ["--kernel", kernelPath, "--initrd", initrdPath, "--kernel-cmdline", cmdline],
      ["--restful-uri", `unix://${this.path("rest.sock")}`],
      ...devices.map((device) => ["--device", device]),
      options.flags ?? [],
    ].flat();
    return this.start(args, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const vfkit of this.#started) vfkit.child.kill("SIGKILL");
    for (const vfkit of this.#started) await vfkit.exited;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A vfkit-qemu that was started, with all it printed. */
export class Vfkit {
  readonly child: ChildProcess;
  readonly client: VfkitClient;
  readonly exited: Promise<ProcessEnd>;
  readonly serialPath: string;
  stdout = "";
  stderr = "";

  constructor(child: ChildProcess, socketPath: string, serialPath: string) {
    this.child = child;
    this.serialPath = serialPath;
    this.client = openVfkitClient({ socketPath });
    child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => {
      child.once("close", (exitCode, signal) =>
        resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
      );
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("vfkit-qemu was not started");
    return this.child.pid;
  }

  async untilExit(): Promise<ProcessEnd> {
    return withDeadline("the end of vfkit-qemu", { timeoutMs: PATIENCE_MS }, () => this.exited);
  }

  async untilRunning(): Promise<void> {
    await this.client.waitForState("Running", { timeoutMs: PATIENCE_MS });
  }

  /** Waits until the guest has written `text` to its console. @returns all that it has written */
  async untilGuestSays(text: string, count = 1): Promise<string> {
    return untilFile(
      this.serialPath,
      (content) => content.split(text).length > count,
      () => this.stderr.trim(),
    );
  }
}

/** Waits until a child has ended and all its output was read. */
export async function untilExitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, "close");
}

/** Waits for the event that makes a file's content satisfy `wanted`. */
async function untilFile(
  path: string,
  wanted: (content: string) => boolean,
  context: () => string = () => "",
): Promise<string> {
  let content = "";
  await mkdir(dirname(path), { recursive: true });
  const watcher = watch(dirname(path));
  try {
    return await withDeadline(
      `waiting for ${path}`,
      { timeoutMs: PATIENCE_MS },
      (signal) =>
        new Promise<string>((resolve, reject) => {
          const look = async (): Promise<void> => {
            if (signal.aborted) return;
            content = await readIfPresent(path);
            if (wanted(content)) resolve(content);
          };
          watcher.on("change", () => void look().catch(reject));
          void look().catch(reject);
        }),
    );
  } catch (error) {
    throw new Error(`${String(error)}; it holds:\n${content}\n${context()}`, { cause: error });
  } finally {
    watcher.close();
  }
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
