import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, type Machine } from "../src/index.js";
import { fastClock, openWorld, type World } from "./world.js";

/** A stopped machine in a world whose little programs have these faults. */
async function stopped(
  world: World,
  env: Readonly<Record<string, string>>,
  options: Parameters<World["options"]>[0] = {},
  factor = 1,
): Promise<Machine> {
  const context = world.with(env, { clock: fastClock(factor) });
  return createMachine(world.options({ start: false, ...options }), context);
}

async function expectUndone(world: World, machine: Machine): Promise<void> {
  expect(await world.processes()).toEqual([]);
  expect(await machine.getState()).toBe("Stopped");
  const left = (await world.leftovers()).filter((path) => /\.(pid|sock|json|lock)$/.test(path));
  expect(left).toEqual(["machines/c1/config.json"]);
}

describe.concurrent("a start whose vfkit fails is undone and says why", () => {
  it("exits at once: with its last words, long before any deadline", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, { FAKE_VFKIT_FAULTS: "exit-at-once" });
    const began = performance.now();
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_START_FAILED",
      message: expect.stringMatching(/exited with code 1[^]*invalid virtual machine configuration/),
    });
    expect(performance.now() - began).toBeLessThan(3_000);
    await expectUndone(world, machine);
    expect(world.eventTypes()).toContain("start.undone");
  });

  it("exits while the guest boots: noticed at once, not when the lease does not come", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, { FAKE_VFKIT_FAULTS: "exit-when-running=50" });
    const began = performance.now();
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_START_FAILED",
      message: expect.stringContaining("the virtual machine stopped unexpectedly"),
    });
    expect(performance.now() - began).toBeLessThan(3_000);
    await expectUndone(world, machine);
  });

  it.each([
    ["never listens", "never-listens"],
    ["listens and never answers", "rest-hangs"],
    ["answers, and never runs the machine", "never-runs"],
  ])("%s", async (_what, fault) => {
    await using world = await openWorld();
    const machine = await stopped(
      world,
      { FAKE_VFKIT_FAULTS: fault, FAKE_VFKIT_TERM_MS: "1" },
      {},
      5,
    );
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_START_FAILED",
      hint: expect.stringContaining("vfkit.log"),
    });
    await expectUndone(world, machine);
  });

  it("cannot be looked at: what was just started is ended all the same", async () => {
    await using world = await openWorld();
    const { runner } = world.host;
    let spawned = false;
    // Where there is no /proc, processes are looked at with ps; here it fails once vfkit is there.
    const failing: typeof runner = {
      ...runner,
      run: async (file, ...rest) => {
        if (spawned && file === "/bin/ps") throw new Error("fork: too many processes");
        return runner.run(file, ...rest);
      },
      startDaemon: async (...args) => {
        const daemon = await runner.startDaemon(...args);
        spawned = true;
        return daemon;
      },
    };
    const platform = "darwin";
    const made = await createMachine(world.options({ start: false }), world.context);
    const machine = await openMachine("c1", world.with({}, { platform, runner: failing }));
    await expect(machine.start()).rejects.toThrow("too many processes");
    await expect.poll(() => world.processes()).toEqual([]);
    expect(await made.getState()).toBe("Stopped");
  });

  it("a vfkit that ignores SIGTERM is killed when the start is undone", async () => {
    await using world = await openWorld();
    const faults = "never-listens,ignores-sigterm";
    const machine = await stopped(world, { FAKE_VFKIT_FAULTS: faults }, {}, 5);
    await expect(machine.start()).rejects.toMatchObject({ code: "ERR_START_FAILED" });
    await expectUndone(world, machine);
  });
});

describe.concurrent("a start whose vmnet-helper fails is undone and says why", () => {
  it.each<[string, string, RegExp]>([
    ["exits", "exit", /cannot start the interface/],
    ["prints rubbish", "garbage", /dyld|JSON/],
    ["never prints its line", "hang", /vmnet-helper/],
    ["never makes its socket", "no-socket", /vmnet-helper/],
    ["dies while the guest boots", "die-after=2500", /the interface went away/],
  ])("%s", async (_what, fault, message) => {
    await using world = await openWorld();
    const machine = await stopped(
      world,
      { FAKE_HELPER_FAULTS: fault, FAKE_VFKIT_FAULTS: "no-lease" },
      { network: "vmnet-shared" },
      fault.startsWith("die") ? 1 : 5,
    );
    await expect(machine.start()).rejects.toThrow(message);
    await expectUndone(world, machine);
  });

  it("never prints its line: the deadline of the start holds", async () => {
    await using world = await openWorld();
    const env = { FAKE_HELPER_FAULTS: "hang" };
    const machine = await stopped(world, env, { network: "vmnet-shared" });
    const began = performance.now();
    await expect(machine.start({ timeoutMs: 500 })).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(performance.now() - began).toBeLessThan(10_000);
    await expectUndone(world, machine);
  });

  it("a helper left by a machine that died does not block the next start", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, {}, { network: "vmnet-shared" });
    await machine.start();
    await world.kill("--restful-uri", "SIGKILL");
    await machine.start();
    expect(await machine.getState()).toBe("Running");
    expect(await world.processes()).toHaveLength(2);
  });
});

describe.concurrent("what lies around when a machine starts", () => {
  it("a stale socket and a stale pid file are removed", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, {});
    const socket = join(machine.directory, "vfkit.sock");
    // A server that is killed leaves its socket; one that is closed does not.
    const { host } = world;
    const code = `require("net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
    await host.runner.run(process.execPath, ["-e", code]);
    await writeFile(join(machine.directory, "vfkit.pid"), "garbage");
    await machine.start();
    const stale = world.events.filter(({ type }) => type === "start.stale.removed");
    expect(stale).toMatchObject([
      { data: { path: join(machine.directory, "vfkit.pid") } },
      { data: { path: socket } },
    ]);
  });

  it("a socket that another program serves is left alone", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, {});
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(machine.directory, "vfkit.sock"), resolve);
    });
    try {
      await expect(machine.start()).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
      // Whatever looks, tidies up or stops: the socket stays where its server has it.
      expect(await machine.getState()).toBe("Stopped");
      expect(await listMachines(world.context)).toMatchObject([{ state: "Stopped" }]);
      expect(await machine.stop()).toMatchObject({ outcome: "already-stopped" });
      expect(existsSync(join(machine.directory, "vfkit.sock"))).toBe(true);
    } finally {
      server.close();
    }
  });

  it.each(["bzimage", "initrd", "disk.img", "boot2docker.iso", "id_ed25519"])(
    "%s is missing or empty: named before anything is started",
    async (file) => {
      await using world = await openWorld();
      const machine = await stopped(world, {});
      const path = join(machine.directory, file);
      const refused = { code: "ERR_MACHINE_DAMAGED", message: expect.stringContaining(path) };
      await truncate(path, 0);
      await expect(machine.start()).rejects.toMatchObject(refused);
      await rm(path);
      await expect(machine.start()).rejects.toMatchObject(refused);
      await mkdir(path);
      await expect(machine.start()).rejects.toMatchObject(refused);
      expect(world.eventTypes()).not.toContain("start.vfkit.spawned");
    },
  );

  it("a huge log is kept aside once, and the new one begins empty", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, {});
    const log = join(machine.directory, "vfkit.log");
    await truncate(await writeAnd(log, "old words"), 3 * 1024 * 1024 * 1024);
    await machine.start();
    expect(await readFile(log, "utf8")).not.toContain("old words");
  });

  it("a program that ended without its vfkit: the machine is found again", async () => {
    await using world = await openWorld();
    const machine = await stopped(world, {});
    await machine.start();
    const again = await openMachine("c1", world.context);
    expect(await again.getState()).toBe("Running");
    expect(await again.getIP()).toBe(await machine.getIP());
  });
});

async function writeAnd(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return path;
}
