import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { link, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createHost,
  findExecutable,
  inspectProcess,
  systemClock,
  type Clock,
} from "@vfkit-machine/host";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMachine, listMachines, openMachine } from "../src/index.js";
import { terminateVfkit } from "../src/terminate-vfkit.js";
import { drive } from "./drive.js";
import { fastClock, openWorld } from "./world.js";

/** A program that has nothing to do with us. */
async function foreignProcess(
  ...words: readonly string[]
): Promise<ChildProcess & AsyncDisposable> {
  const code = ["-e", "process.stdin.resume()", "--"];
  const child = spawn(process.execPath, [...code, ...words]);
  await once(child, "spawn");
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  });
}

const python =
  process.platform === "linux" ? await findExecutable(createHost(), "python3") : undefined;

/** Serves a socket, and ends its first thread alone, as a SIGKILL does for a moment; the other with its input. */
const ENDS_ITS_FIRST_THREAD = `
import ctypes, os, platform, socket, sys, threading
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
def wait():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=wait).start()
print("up", flush=True)
SYS_EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]
ctypes.CDLL(None).syscall(SYS_EXIT, 0)
`;

describe.concurrent("state tells the truth", () => {
  it("of a vfkit that died: Stopped, and its stale files go", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    await world.kill("--restful-uri", "SIGKILL");
    expect(existsSync(join(machine.directory, "vfkit.pid"))).toBe(true);
    expect(await machine.getState()).toBe("Stopped");
    expect(existsSync(join(machine.directory, "vfkit.pid"))).toBe(false);
    expect(existsSync(join(machine.directory, "vfkit.sock"))).toBe(false);
    await machine.start();
    expect(await machine.getState()).toBe("Running");
  });

  it.skipIf(python === undefined)(
    `of a vfkit that is just dying: Stopped, and nobody serves its socket${python === undefined ? " (skipped: needs Linux with python3)" : ""}`,
    async () => {
      await using world = await openWorld();
      const machine = await createMachine(world.options({ start: false }), world.context);
      const socket = join(machine.directory, "vfkit.sock");
      const dying = spawn(python ?? "", ["-c", ENDS_ITS_FIRST_THREAD, socket]);
      onTestFinished(() => void dying.kill("SIGKILL"));
      await once(dying.stdout, "data");
      const { pid = 0 } = dying;
      await vi.waitFor(async () =>
        expect(await inspectProcess(world.host, pid)).toMatchObject({ command: "" }),
      );
      const startTime = (await inspectProcess(world.host, pid))?.startTime;
      const record = JSON.stringify({ startTime, socket, startedAt: Date.now() });
      await writeFile(join(machine.directory, "vfkit.pid"), `${pid}\n${record}\n`);
      // Ends it as soon as it is waited for, and not before.
      const sleep: Clock["sleep"] = (ms, options) => {
        dying.stdin.end();
        return systemClock.sleep(ms, options);
      };
      const looker = await openMachine("c1", world.with({}, { clock: { ...systemClock, sleep } }));
      const state = looker.getState();
      expect(await state).toBe("Stopped");
      expect(existsSync(socket)).toBe(false);
      await machine.start();
    },
  );

  it.each(["", "garbage", "0", "-1", "99999999999999", "12\0"])(
    "with %j for a pid file: the process is found by its command line, and recorded again",
    async (text) => {
      await using world = await openWorld();
      const machine = await createMachine(world.options(), world.context);
      const path = join(machine.directory, "vfkit.pid");
      const [vfkit] = await world.processes();
      const startTime = `"startTime":${JSON.stringify(vfkit?.startTime)}`;
      expect(await readFile(path, "utf8")).toContain(startTime);
      await writeFile(path, text);
      const kept = join(world.directory, "kept");
      await link(path, kept);
      expect(await machine.getState()).toBe("Running");
      const [pid, details] = (await readFile(path, "utf8")).split("\n");
      expect(pid).toBe(String(vfkit?.pid));
      expect(details).toContain(startTime);
      // Replaced in one step: who had opened it reads on what it was.
      expect(await readFile(kept, "utf8")).toBe(text);
      expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
      await writeFile(path, text);
      expect(await machine.getState()).toBe("Stopped");
      expect(existsSync(path)).toBe(false);
    },
  );

  it("with the pid of a foreign program: it is never signalled", async () => {
    await using world = await openWorld();
    await using foreign = await foreignProcess();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const path = join(machine.directory, "vfkit.pid");
    for (const change of [
      () => machine.getState(),
      () => machine.stop(),
      () => machine.kill(),
      () => machine.start(),
      () => machine.remove(),
    ]) {
      await writeFile(path, `${foreign.pid}\n`).catch(() => undefined);
      await change();
    }
    expect(foreign.exitCode).toBeNull();
    expect(foreign.signalCode).toBeNull();
  });

  it("with a recorded pid that another process has by now", async () => {
    await using world = await openWorld();
    await using foreign = await foreignProcess();
    const machine = await createMachine(world.options(), world.context);
    const path = join(machine.directory, "vfkit.pid");
    const [, details] = (await readFile(path, "utf8")).split("\n");
    await machine.stop();
    await writeFile(path, `${foreign.pid}\n${details}\n`);
    expect(await machine.getState()).toBe("Stopped");
    expect(await machine.kill()).toMatchObject({ outcome: "already-stopped" });
    expect(foreign.signalCode).toBeNull();
  });

  it("with a recorded pid that by now a program has which only speaks of the socket", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const socket = join(machine.directory, "vfkit.sock");
    await using foreign = await foreignProcess("--restful-uri", `unix://${socket}`);
    const record = JSON.stringify({ startTime: "of the vfkit that had this pid", socket });
    await writeFile(join(machine.directory, "vfkit.pid"), `${foreign.pid}\n${record}\n`);
    expect(await machine.getState()).toBe("Stopped");
    expect(await machine.kill()).toMatchObject({ outcome: "already-stopped" });
    expect(foreign.signalCode).toBeNull();
  });

  it("with a pid that another process took while we waited: it is not signalled", async () => {
    await using world = await openWorld();
    await using foreign = await foreignProcess();
    const { pid = 0 } = foreign;
    const identity = { pid, startTime: "of the vfkit that had this pid" };
    for (const gracePeriodMs of [100, 0]) {
      expect(await terminateVfkit(world.host, identity, gracePeriodMs)).toBe("already-gone");
    }
    expect(foreign.signalCode).toBeNull();
  });

  it("of a plain pid file, as others write it", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    const [vfkit] = await world.processes();
    await writeFile(join(machine.directory, "vfkit.pid"), `${vfkit?.pid}\n`);
    expect(await machine.getState()).toBe("Running");
  });

  it("of a machine whose start was killed under us: Stopped, not Starting for ever", async () => {
    await using world = await openWorld();
    const options = world.options({ network: "vmnet-shared" });
    const machine = await createMachine({ ...options, start: false }, world.context);
    const event = "start.helper.ready";
    expect(await drive(world, { operation: "start", event, options })).toMatchObject({
      signal: "SIGKILL",
    });
    expect(await machine.getState()).toBe("Stopped");
    await machine.stop();
    expect(existsSync(join(machine.directory, "starting.json"))).toBe(false);
  });

  it("of a vfkit that hangs: Error, within seconds", async () => {
    await using world = await openWorld();
    const context = world.with({}, { clock: fastClock(5) });
    const machine = await createMachine(world.options(), context);
    const path = join(machine.directory, "vfkit.pid");
    const [pid, details = ""] = (await readFile(path, "utf8")).split("\n");
    // As if it had been up for a minute: a young one may still be starting.
    const old = JSON.stringify({ ...JSON.parse(details), startedAt: Date.now() - 60_000 });
    await writeFile(path, `${pid}\n${old}\n`);
    process.kill(Number(pid), "SIGSTOP");
    expect(await machine.getState()).toBe("Error");
  });

  it("of a machine that is being started or stopped by another command, without waiting", async () => {
    await using world = await openWorld();
    const env = {
      // Long enough for two looks of a busy computer.
      FAKE_VFKIT_BOOT_MS: "1500",
      FAKE_VFKIT_STOP_MS: "1500",
    };
    const context = world.with(env);
    const machine = await createMachine(world.options({ start: false }), context);
    const other = await openMachine("c1", context);
    const spawned = world.next("start.vfkit.spawned");
    const started = machine.start();
    await spawned;
    expect(await other.getState()).toBe("Starting");
    expect(await listMachines(context)).toMatchObject([{ state: "Starting" }]);
    await started;
    const requested = world.next("stop.requested");
    const stopping = machine.stop();
    await requested;
    expect(await other.getState()).toBe("Stopping");
    await stopping;
    expect(await other.getState()).toBe("Stopped");
  });
});
