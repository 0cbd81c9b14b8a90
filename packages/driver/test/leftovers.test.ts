import { toArgv } from "@vfkit-machine/vfkit-config";
import { createHost } from "@vfkit-machine/host";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  type Machine,
} from "../src/index.js";
import { machinePaths } from "../src/machine-paths.js";
import { buildVirtualMachine } from "../src/virtual-machine.js";
import { drive } from "./drive.js";
import { VFKIT } from "./fixtures/surroundings.mjs";
import { openWorld, TEMPORARY, type World } from "./world.js";

const { runner } = createHost();

async function chattr(flag: string, path: string): Promise<boolean> {
  const result = await runner.run("chattr", [flag, path]).catch(() => undefined);
  return result?.exitCode === 0;
}

/** Worlds are made in the same directory. */
async function canMakeImmutable(): Promise<boolean> {
  const directory = await mkdtemp(join(TEMPORARY, "vfm-"));
  const file = join(directory, "file");
  await writeFile(file, "");
  const can = await chattr("+i", file);
  if (can) await chattr("-i", file);
  await rm(directory, { recursive: true });
  return can;
}

const CAN_MAKE_IMMUTABLE = await canMakeImmutable();

/** What a program leaves that is killed between spawning a process and recording it. */
async function spawnUnrecorded(world: World, machine: Machine, name: "vfkit" | "vmnet-helper") {
  const paths = machinePaths(machine.directory, "c1", 0);
  await writeFile(paths.starting, "{}\n");
  const daemon =
    name === "vfkit"
      ? await world.host.runner.startDaemon(
          VFKIT,
          toArgv(buildVirtualMachine(machine.config, paths, world.host.arch)),
        )
      : await world.host.runner.startDaemon(world.host.paths.vmnetHelper, [
          "--socket",
          paths.helperSocket,
          "--interface-id",
          machine.config.vmnetInterfaceId,
        ]);
  return daemon.pid;
}

describe.concurrent("processes that were never recorded", () => {
  it("a vfkit is seen, and completed by the next start", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const pid = await spawnUnrecorded(world, machine, "vfkit");
    // The first look may come before its REST server.
    await expect.poll(() => machine.getState()).toBe("Running");
    await machine.start();
    expect(await machine.getIP()).toMatch(/^127\./);
    expect((await world.processes()).map((process) => process.pid)).toEqual([pid]);
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
  });

  it("a vfkit that does not come up is ended by the next start, and never stays beside the new one", async () => {
    await using world = await openWorld();
    const options = world.options({ start: false });
    const machine = await createMachine(options, world.context);
    const env = { FAKE_VFKIT_FAULTS: "never-listens", FAKE_VFKIT_TERM_MS: "1" };
    await drive(world, { operation: "start", event: "start.vfkit.spawned", options, env });
    const [before] = await world.processes();
    const record = await readFile(join(machine.directory, "vfkit.pid"), "utf8");
    expect(record).toContain(`"startTime":${JSON.stringify(before?.startTime)}`);
    await machine.start();
    const [after, ...others] = await world.processes();
    expect(others).toEqual([]);
    expect(after?.pid).not.toBe(before?.pid);
  });

  it("a vfkit whose helper is gone is not taken over: both are started anew", async () => {
    await using world = await openWorld();
    const options = world.options({ network: "vmnet-shared", start: false });
    const machine = await createMachine(options, world.context);
    await drive(world, { operation: "start", event: "start.vm.running", options });
    await world.kill("vmnet-helper --socket", "SIGKILL");
    const [before, ...others] = await world.processes();
    expect(others).toEqual([]);
    await machine.start();
    const after = (await world.processes()).map(({ pid }) => pid);
    expect(after).toHaveLength(2);
    expect(after).not.toContain(before?.pid);
  });

  it("a helper that has not made its socket yet is ended by remove", async () => {
    await using world = await openWorld();
    const options = world.options({ network: "vmnet-shared", start: false });
    const machine = await createMachine(options, world.context);
    const env = { FAKE_HELPER_FAULTS: "hang" };
    await drive(world, { operation: "start", event: "spawn vmnet-helper", options, env });
    expect(await world.processes()).toHaveLength(1);
    await machine.remove();
    expect(await world.processes()).toEqual([]);
  });

  it("a vfkit is ended by stop, kill and remove", async () => {
    for (const operation of ["stop", "kill", "remove"] as const) {
      await using world = await openWorld();
      const machine = await createMachine(world.options({ start: false }), world.context);
      await spawnUnrecorded(world, machine, "vfkit");
      await machine[operation]();
      expect([operation, await world.processes()]).toEqual([operation, []]);
    }
  });

  it("a helper is ended by the next start, and by remove", async () => {
    await using world = await openWorld();
    const options = world.options({ network: "vmnet-shared", start: false });
    const machine = await createMachine(options, world.context);
    const pid = await spawnUnrecorded(world, machine, "vmnet-helper");
    await machine.start();
    expect((await world.processes()).map((process) => process.pid)).not.toContain(pid);
    await machine.stop();
    await spawnUnrecorded(world, machine, "vmnet-helper");
    await machine.remove();
    expect(await world.processes()).toEqual([]);
  });
});

describe.concurrent("machines that cannot be opened", () => {
  it.each([
    ["empty", ""],
    ["cut short", '{"schemaVersion":1,"name":"c'],
    ["not an object", "[]"],
    ["of a newer version", '{"schemaVersion":99}'],
    ["of nobody", undefined],
  ])(
    "config.json %s: listed with the reason, and removed with its process",
    async (_what, text) => {
      await using world = await openWorld();
      const machine = await createMachine(
        world.options({ network: "vmnet-shared" }),
        world.context,
      );
      const path = join(machine.directory, "config.json");
      if (text === undefined) await rm(path);
      else await writeFile(path, text);
      expect(await listMachines(world.context)).toMatchObject([
        { name: "c1", state: "Unknown", error: expect.stringContaining(path) },
      ]);
      await expect(openMachine("c1", world.context)).rejects.toMatchObject({
        code: expect.stringMatching(/ERR_CONFIG_INVALID|ERR_CONFIG_NEWER|ERR_MACHINE_NOT_FOUND/),
        message: expect.stringContaining(path),
      });
      expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
      expect(await world.processes()).toEqual([]);
      expect(await world.leftovers()).toEqual([]);
    },
  );

  it("a socketDir that is not the machine's own is never used", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const elsewhere = join(world.directory, "elsewhere");
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, "vfkit.sock"), "precious");
    const config = { ...machine.config, socketDir: elsewhere };
    await writeFile(join(machine.directory, "config.json"), JSON.stringify(config));
    const opened = await openMachine("c1", world.context);
    expect(opened.config.socketDir).toBe(machine.directory);
    await opened.start();
    await opened.remove();
    expect(await readdir(elsewhere)).toEqual(["vfkit.sock"]);
  });

  it.each([
    ["another machine's name", { name: "c2" }],
    ["an argument of vfkit", { kernelCmdline: "a\n--device\nvirtio-fs" }],
    ["a path that smuggles an option", { mounts: [{ hostPath: "/a,b=c", guestPath: "/b" }] }],
    ["an option of ssh", { sshUser: "-oProxyCommand=id" }],
    ["a field that nobody knows", { hook: "rm -rf /" }],
    ["a MAC that is a text", { macAddress: "x,fd=3" }],
  ])("config.json with %s is refused", async (_what, change) => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const config = { ...machine.config, ...change };
    await writeFile(join(machine.directory, "config.json"), JSON.stringify(config));
    await expect(openMachine("c1", world.context)).rejects.toMatchObject({
      code: "ERR_CONFIG_INVALID",
    });
  });

  it.each(["../c1", "", "-rf", ".c1.creating", "a/b"])("%j is nobody's name", async (name) => {
    await using world = await openWorld();
    const missing = { code: "ERR_MACHINE_NOT_FOUND" };
    await expect(openMachine(name, world.context)).rejects.toMatchObject(missing);
    await expect(removeMachine(name, world.context)).rejects.toMatchObject(missing);
  });
});

describe.concurrent("remove", () => {
  it("deletes a link, and not what it points to", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const precious = join(world.directory, "precious");
    await mkdir(precious);
    await writeFile(join(precious, "file"), "mine");
    await symlink(precious, join(machine.directory, "link"));
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await readdir(precious)).toEqual(["file"]);
  });

  it.skipIf(!CAN_MAKE_IMMUTABLE)(
    "says what it could not delete, deletes the rest, and completes when it is repeated (needs root and a file system with chattr +i)",
    async () => {
      // Only an immutable file resists root; only root can make one.
      await using world = await openWorld();
      const machine = await createMachine(world.options({ start: false }), world.context);
      expect(await chattr("+i", join(machine.directory, "disk.img"))).toBe(true);
      const moved = join(world.storeDir, "machines", ".c1.removing", "disk.img");
      try {
        expect(await machine.remove()).toEqual({ leftBehind: [{ path: moved, reason: "EPERM" }] });
        expect(await listMachines(world.context)).toEqual([]);
        expect((await world.leftovers()).toSorted()).toEqual([
          "machines/.c1.removing",
          "machines/.c1.removing/disk.img",
        ]);
      } finally {
        await chattr("-i", moved);
      }
      expect(await machine.remove()).toEqual({ leftBehind: [] });
      expect(await world.leftovers()).toEqual([]);
    },
  );
});
