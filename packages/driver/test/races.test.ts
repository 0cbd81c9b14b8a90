import { execFile } from "node:child_process";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isMachineError, parseMacAddress } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { writeConfig } from "../src/config-file.js";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  updateMachine,
  type DriverEvent,
  type Machine,
} from "../src/index.js";
import { lockMachine } from "../src/lock.js";
import { openStore } from "../src/store.js";
import { drive } from "./drive.js";
import { openWorld, type World } from "./world.js";

const LOCKER = fileURLToPath(new URL("fixtures/locker.mjs", import.meta.url));
const run = promisify(execFile);

/** How each of many ended: a code, or "done". */
async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === "fulfilled") return "done";
    if (isMachineError(result.reason)) return result.reason.code;
    throw result.reason;
  });
}

async function updateAndRestart(world: World, machine: Machine): Promise<void> {
  await machine.stop();
  await updateMachine("c1", { cpus: 2 }, world.context);
  await machine.restart();
  const [vfkit] = await world.processes();
  expect(vfkit?.command).toContain("--cpus 2 ");
}

/** Leaves a machine whose vfkit runs and whose start never ended. */
async function killedCreation(world: World, event = "start.vm.running"): Promise<void> {
  const result = await drive(world, { operation: "create", event, options: world.options() });
  expect(result.signal).toBe("SIGKILL");
}

describe.concurrent("many at once", () => {
  it("two starts: one starts it, the other says that it runs or who is busy", async () => {
    await using world = await openWorld();
    const made = await createMachine(world.options({ start: false }), world.context);
    const again = await openMachine("c1", world.context);
    const ends = (await outcomes([made.start(), again.start()])).toSorted();
    expect(ends[1]).toBe("done");
    expect(["ERR_ALREADY_RUNNING", "ERR_MACHINE_BUSY"]).toContain(ends[0]);
    expect(await world.processes()).toHaveLength(1);
  });

  it("two creations of one name: one makes it", async () => {
    await using world = await openWorld();
    const create = (): Promise<unknown> =>
      createMachine(world.options({ start: false }), world.context);
    const ends = (await outcomes([create(), create()])).toSorted();
    expect(ends[1]).toBe("done");
    expect(["ERR_MACHINE_EXISTS", "ERR_MACHINE_BUSY"]).toContain(ends[0]);
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Stopped" }]);
  });

  it("two creations with one MAC address and different names: one makes it", async () => {
    await using world = await openWorld();
    const shared = { start: false, macAddress: parseMacAddress("5a:94:ef:e4:0c:ee") };
    const create = (name: string): Promise<unknown> =>
      createMachine(world.options({ name, ...shared }), world.context);
    const ends = await outcomes([create("c1"), create("c2")]);
    expect(ends.toSorted()).toEqual(["ERR_CHECK_OPTION", "done"]);
    expect(await listMachines(world.context)).toHaveLength(1);
    expect(await readdir(join(world.storeDir, "locks"))).toEqual([]);
  });

  it("a creation that was killed keeps its MAC address from nobody", async () => {
    await using world = await openWorld();
    const shared = { start: false, macAddress: parseMacAddress("5a:94:ef:e4:0c:ee") };
    const options = world.options({ name: "c1", ...shared });
    await drive(world, { operation: "create", event: "create.key.made", options });
    expect(await readdir(join(world.storeDir, "locks"))).toContain("mac=5a94efe40cee");
    await createMachine(world.options({ name: "c2", ...shared }), world.context);
    expect(await listMachines(world.context)).toMatchObject([{ name: "c2" }]);
  });

  it("starts, stops and looks in any order end in one truth", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const ends = await outcomes(
      Array.from({ length: 12 }, (_, index) => {
        if (index % 3 === 0) return machine.start();
        return index % 3 === 1 ? machine.stop() : listMachines(world.context);
      }),
    );
    for (const end of ends) {
      expect(["done", "ERR_ALREADY_RUNNING", "ERR_MACHINE_BUSY"]).toContain(end);
    }
    const processes = await world.processes();
    expect(await machine.getState()).toBe(processes.length === 0 ? "Stopped" : "Running");
  });
});

describe.concurrent("a machine that another command changed or removed meanwhile", () => {
  it("starts as it is now, also by who waited for the other command", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false, cpus: 1 }), world.context);
    const store = await openStore(world.host, world.storeDir);
    const lock = await lockMachine(world.host, store, "c1", { operation: "set" });
    const starting = machine.start();
    const path = join(machine.directory, "config.json");
    await writeConfig(path, { ...machine.config, cpus: 3 });
    await lock.release();
    await starting;
    const [vfkit] = await world.processes();
    expect(vfkit?.command).toContain("--cpus 3 ");
    await updateAndRestart(world, machine);
  });

  it("is not there, rather than damaged", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    await removeMachine("c1", world.context);
    const missing = { code: "ERR_MACHINE_NOT_FOUND" };
    await expect(machine.start()).rejects.toMatchObject(missing);
    await expect(machine.restart()).rejects.toMatchObject(missing);
    expect(await machine.stop()).toMatchObject({ outcome: "already-stopped" });
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await world.leftovers()).toEqual([]);
  });

  it("is not removed while it starts: who removes is told who is busy, and then removes it", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_LEASE_DELAY_MS: "300" });
    const machine = await createMachine(world.options({ start: false }), context);
    const spawned = world.next("start.vfkit.spawned");
    const starting = machine.start();
    await spawned;
    await expect(removeMachine("c1", { ...world.context, lockTimeoutMs: 0 })).rejects.toMatchObject(
      {
        code: "ERR_MACHINE_BUSY",
        message: expect.stringMatching(/held by pid \d+ doing start/),
      },
    );
    await starting;
    expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
  });

  it("is not removed under who holds it, be its configuration damaged or not", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const store = await openStore(world.host, world.storeDir);
    const held = await lockMachine(world.host, store, "c1", { operation: "start" });
    const context = { ...world.context, lockTimeoutMs: 0 };
    const busy = { code: "ERR_MACHINE_BUSY" };
    await expect(removeMachine("c1", context)).rejects.toMatchObject(busy);
    await writeFile(join(machine.directory, "config.json"), "{");
    await expect(removeMachine("c1", context)).rejects.toMatchObject(busy);
    await held.release();
    expect(await removeMachine("c1", context)).toEqual({ leftBehind: [] });
  });

  it("a restart that is given up while it stops starts nothing", async () => {
    await using world = await openWorld();
    const env = { FAKE_VFKIT_FAULTS: "ignores-stop", FAKE_VFKIT_TERM_MS: "10" };
    const machine = await createMachine(world.options(), world.with(env));
    const [before] = await world.processes();
    const controller = new AbortController();
    const requested = world.next("stop.requested");
    const restarting = machine.restart({ signal: controller.signal });
    await requested;
    controller.abort();
    await expect(restarting).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect((await world.processes()).map(({ pid }) => pid)).toEqual([before?.pid]);
    expect(await machine.getState()).toBe("Running");
  });
});

describe.concurrent("a creation that was killed in its start", () => {
  it("is a machine like any other once a start has completed it", async () => {
    await using world = await openWorld();
    await killedCreation(world);
    const machine = await openMachine("c1", world.context);
    await machine.start();
    await machine.stop();
    await expect(createMachine(world.options(), world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_EXISTS",
    });
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Stopped" }]);
  });

  it.each(["start.vm.running", "start.done"] as const)(
    "at %s is complete once it was repeated: another is refused",
    async (event) => {
      await using world = await openWorld();
      await killedCreation(world, event);
      const machine = await createMachine(world.options(), world.context);
      expect(await machine.getState()).toBe("Running");
      const taken = { code: "ERR_MACHINE_EXISTS" };
      await expect(createMachine(world.options(), world.context)).rejects.toMatchObject(taken);
      await machine.stop();
      await expect(createMachine(world.options(), world.context)).rejects.toMatchObject(taken);
    },
  );

  it("is no such creation when its start failed: another is refused", async () => {
    await using world = await openWorld();
    const failing = world.with({ FAKE_VFKIT_FAULTS: "exit-at-once" });
    await expect(createMachine(world.options(), failing)).rejects.toMatchObject({
      code: "ERR_START_FAILED",
    });
    await expect(createMachine(world.options(), world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_EXISTS",
    });
  });

  it("is not deleted when the creation that completes it is aborted: it may be in use", async () => {
    await using world = await openWorld();
    await killedCreation(world);
    const controller = new AbortController();
    const context = { ...world.context, signal: controller.signal };
    const started = world.next("start.started");
    const creating = createMachine(world.options(), context);
    await started;
    controller.abort();
    await expect(creating).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await world.processes()).toEqual([]);
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Stopped" }]);
    const machine = await createMachine(world.options(), world.context);
    expect(await machine.getState()).toBe("Running");
  });

  it.each(["start.started", "start.rest.ready", "start.lease.waiting"] as const)(
    "whose vfkit and helper are taken over by a start that is aborted at %s: ended with it",
    async (type) => {
      await using world = await openWorld();
      const options = world.options({ network: "vmnet-shared" });
      const killed = { operation: "create", event: "start.vm.running", options };
      expect((await drive(world, killed)).signal).toBe("SIGKILL");
      expect(await world.processes()).toHaveLength(2);
      const controller = new AbortController();
      const context = {
        ...world.context,
        onEvent: (event: DriverEvent) => {
          if (event.type === type) controller.abort();
        },
      };
      const machine = await openMachine("c1", context);
      await expect(machine.start({ signal: controller.signal })).rejects.toMatchObject({
        code: "ERR_ABORTED",
      });
      expect(await world.processes()).toEqual([]);
      expect(await machine.getState()).toBe("Stopped");
    },
  );
});

describe("locks of the dead", () => {
  it("are swept too when they died before they named themselves", async () => {
    await using world = await openWorld();
    const store = await openStore(world.host, world.storeDir);
    await createMachine(world.options({ start: false }), world.context);
    const path = join(store.locks, ".c1.0123");
    await mkdir(path);
    const old = new Date(Date.now() - 120_000);
    await utimes(path, old, old);
    await listMachines(world.context);
    expect(await readdir(store.locks)).toEqual([]);
  });

  it.each(["create", "remove"])("are swept by the next %s of any machine", async (operation) => {
    await using world = await openWorld();
    await createMachine(world.options({ start: false }), world.context);
    await run(process.execPath, [LOCKER, world.storeDir, "dead", "die"]).catch(() => undefined);
    expect(await readdir(join(world.storeDir, "locks"))).toEqual(["dead"]);
    if (operation === "remove") await removeMachine("c1", world.context);
    else await createMachine(world.options({ name: "c2", start: false }), world.context);
    expect(await readdir(join(world.storeDir, "locks"))).toEqual([]);
  });
});
