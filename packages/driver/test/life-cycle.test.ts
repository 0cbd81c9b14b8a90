import { readFileSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, macAddressForName, openMachine } from "../src/index.js";
import { MAKE } from "./event-lists.js";
import { argvOf, expectNothingLeft, modeOf } from "./looks.js";
import { openWorld, type World } from "./world.js";

/** What was run in the guest, in order. */
function guestCommands({ directory }: World): readonly string[] {
  const lines = readFileSync(join(directory, "guest-commands"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as string);
}

describe("create", () => {
  it("makes every file, private from the first instant, and starts", async () => {
    await using world = await openWorld();
    const umask = process.umask(0);
    try {
      const machine = await createMachine(
        world.options({ extraDiskSizesMiB: [1, 2] }),
        world.context,
      );
      const { directory } = machine;
      expect(directory).toBe(join(world.storeDir, "machines", "c1"));
      const privateFiles = [
        "boot2docker.iso",
        "bzimage",
        "initrd",
        "disk.img",
        "c1-0.rawdisk",
        "c1-1.rawdisk",
        "id_ed25519",
        "known_hosts",
        "config.json",
        "vfkit.pid",
        "vfkit.sock",
        "vfkit.log",
        "serial.log",
      ];
      for (const file of privateFiles) {
        expect([file, await modeOf(join(directory, file))]).toEqual([file, 0o600]);
      }
      for (const path of [world.storeDir, join(world.storeDir, "machines"), directory]) {
        expect(await modeOf(path)).toBe(0o700);
      }
      expect((await stat(join(directory, "c1-1.rawdisk"))).size).toBe(2 * 1024 * 1024);
      expect(await machine.getState()).toBe("Running");
      expect(world.eventTypes().filter((type) => type.startsWith("create."))).toEqual(
        expect.arrayContaining([...MAKE, "create.done"]),
      );
    } finally {
      process.umask(umask);
    }
  });

  it("gives vfkit the devices in the order in which the guest names them", async () => {
    await using world = await openWorld();
    const shared = join(world.directory, "shared files");
    await mkdir(shared);
    const machine = await createMachine(
      world.options({
        extraDiskSizesMiB: [1],
        mounts: [{ hostPath: shared, guestPath: "/mnt/it's" }],
        kernelCmdline: "quiet",
      }),
      world.context,
    );
    const devices = argvOf(world).filter((_, index, argv) => argv[index - 1] === "--device");
    const inside = (file: string): string => join(machine.directory, file);
    expect(devices).toEqual([
      `virtio-net,nat,mac=${macAddressForName("c1")}`,
      "virtio-rng",
      `virtio-blk,path=${inside("boot2docker.iso")},readonly`,
      `virtio-blk,path=${inside("disk.img")}`,
      `virtio-blk,path=${inside("c1-0.rawdisk")}`,
      `virtio-serial,logFilePath=${inside("serial.log")}`,
      `virtio-fs,sharedDir=${shared},mountTag=vfm-0`,
    ]);
    expect(argvOf(world).at(argvOf(world).indexOf("--kernel-cmdline") + 1)).toMatch(
      /^console=.* quiet$/,
    );
    const [first, second] = guestCommands(world);
    expect(first).toBe("sync");
    expect(second).toContain(`sudo mount -t virtiofs vfm-0 '/mnt/it'\\''s'`);
  });

  it("without start leaves a stopped machine", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    expect(await machine.getState()).toBe("Stopped");
    expect(world.eventTypes()).not.toContain("start.started");
    await machine.start();
    expect(await machine.getState()).toBe("Running");
  });

  it("refuses a name that is taken", async () => {
    await using world = await openWorld();
    await createMachine(world.options({ start: false }), world.context);
    await expect(createMachine(world.options(), world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_EXISTS",
    });
  });

  it("refuses a MAC address that another machine of the store has", async () => {
    await using world = await openWorld();
    await createMachine(world.options({ start: false }), world.context);
    const macAddress = macAddressForName("c1");
    await expect(
      createMachine(world.options({ name: "c2", macAddress }), world.context),
    ).rejects.toMatchObject({ code: "ERR_CHECK_OPTION", message: expect.stringContaining("c1") });
  });
});

describe("a machine's life", () => {
  it("goes through start, stop, restart, kill and remove, with the same disk and key", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    const key = await readFile(machine.getSSHKeyPath());
    const ip = await machine.getIP();
    expect(await machine.getURL()).toBe(`tcp://${ip}:2376`);
    expect(await machine.getSSHHostname()).toBe(ip);
    expect(machine.getSSHPort()).toBe(world.sshPort);
    expect(machine.getSSHUser()).toBe("docker");
    await expect(machine.start()).rejects.toMatchObject({ code: "ERR_ALREADY_RUNNING" });

    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    expect(await machine.getState()).toBe("Stopped");
    expect(await machine.getURL()).toBe("");
    await expect(machine.getIP()).rejects.toMatchObject({ code: "ERR_NOT_RUNNING" });
    expect(await machine.stop()).toMatchObject({ outcome: "already-stopped" });
    expect(await machine.kill()).toMatchObject({ outcome: "already-stopped" });

    await machine.start();
    expect(await readFile(machine.getSSHKeyPath())).toEqual(key);
    const pidBefore = (await world.processes())[0]?.pid;
    expect(await machine.restart()).toMatchObject({ outcome: "graceful" });
    // Only a new disk holds what a loss of power would take for ever.
    expect(guestCommands(world)).toEqual(["sync"]);
    const running = await world.processes();
    expect(running).toHaveLength(1);
    expect(running[0]?.pid).not.toBe(pidBefore);

    expect(await machine.kill()).toMatchObject({ outcome: "killed" });
    expect(await machine.getState()).toBe("Stopped");
    await expectNothingLeft(world, machine);
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    await expect(openMachine("c1", world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_NOT_FOUND",
    });
  });

  it("is paused, resumed with its clock set, and stopped while paused", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    const ip = await machine.getIP();
    await machine.pause();
    expect(await machine.getState()).toBe("Paused");
    expect(await machine.getIP()).toBe(ip);
    await machine.pause();
    await machine.resume();
    expect(await machine.getState()).toBe("Running");
    expect(guestCommands(world)).toEqual([
      "sync",
      expect.stringMatching(/^sudo date -u -s @\d{10}$/),
    ]);
    await machine.pause();
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    await expect(machine.pause()).rejects.toMatchObject({ code: "ERR_NOT_RUNNING" });
    await expect(machine.resume()).rejects.toMatchObject({ code: "ERR_NOT_PAUSED" });
  });

  it("is killed and removed while it runs", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    await expectNothingLeft(world, machine);
    expect(world.eventTypes()).toEqual(
      expect.arrayContaining(["remove.started", "stop.killing", "stop.done", "remove.done"]),
    );
  });

  it("refuses what a driver of this kind refuses", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    for (const refused of ["upgrade", "startDocker", "stopDocker"] as const) {
      await expect(machine[refused]()).rejects.toMatchObject({ code: "ERR_NOT_SUPPORTED" });
    }
    expect([machine.driverName, machine.machineName]).toEqual(["vfkit", "c1"]);
  });

  it("is listed with its state, beside those that cannot be read", async () => {
    await using world = await openWorld();
    expect(await listMachines(world.context)).toEqual([]);
    const machine = await createMachine(world.options(), world.context);
    await createMachine(world.options({ name: "b", start: false }), world.context);
    await mkdir(join(world.storeDir, "machines", "torn"));
    await writeFile(join(world.storeDir, "machines", "torn", "config.json"), '{"schemaVersion":');
    await writeFile(join(world.storeDir, "machines", "note"), "a file is no machine");
    expect(await listMachines(world.context)).toMatchObject([
      { name: "b", state: "Stopped", ip: undefined, error: undefined },
      { name: "c1", state: "Running", ip: await machine.getIP(), cpus: 2, network: "nat" },
      { name: "torn", state: "Unknown", error: expect.stringContaining("torn/config.json") },
    ]);
  });
});
