import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine } from "../src/index.js";
import { terminateVfkit } from "../src/terminate-vfkit.js";
import { fastClock, openWorld } from "./world.js";

/** A program that has nothing to do with us. */
async function foreignProcess(): Promise<ChildProcess & AsyncDisposable> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 60000)"]);
  await once(child, "spawn");
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  });
}

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

  it.each(["", "garbage", "0", "-1", "99999999999999", "12\0"])(
    "with %j for a pid file: the process is found by its command line, and recorded again",
    async (text) => {
      await using world = await openWorld();
      const machine = await createMachine(world.options(), world.context);
      const path = join(machine.directory, "vfkit.pid");
      await writeFile(path, text);
      expect(await machine.getState()).toBe("Running");
      const [vfkit] = await world.processes();
      expect((await readFile(path, "utf8")).split("\n")[0]).toBe(String(vfkit?.pid));
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
