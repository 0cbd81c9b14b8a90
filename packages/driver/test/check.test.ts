import { chmod, mkdir, readdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, preCreateCheck, type CreateMachineOptions } from "../src/index.js";
import { openWorld } from "./world.js";

type Bad = Partial<Record<keyof CreateMachineOptions, unknown>>;

describe("the pre-create check refuses, quotes the value, and makes nothing", () => {
  it.each<[string, Bad, string, RegExp]>([
    ["a name that is a path", { name: "../x" }, "ERR_CHECK_NAME", /"\.\.\/x"/],
    ["a name that is an option", { name: "-rf" }, "ERR_CHECK_NAME", /"-rf"/],
    ["an empty name", { name: "" }, "ERR_CHECK_NAME", /""/],
    ["a name of 300 characters", { name: "x".repeat(300) }, "ERR_CHECK_NAME", /xxx\.\.\./],
    ["a name with a space", { name: "a b" }, "ERR_CHECK_NAME", /"a b"/],
    ["a name that is no text", { name: 7 }, "ERR_CHECK_NAME", /: 7/],
    ["too little memory", { memoryMiB: 1 }, "ERR_CHECK_OPTION", /memoryMiB.*1 MiB/],
    ["half a CPU", { cpus: 0.5 }, "ERR_CHECK_OPTION", /cpus.*0\.5/],
    ["no CPU", { cpus: 0 }, "ERR_CHECK_OPTION", /cpus.*0/],
    ["a disk of nothing", { diskSizeMiB: 0 }, "ERR_CHECK_OPTION", /diskSizeMiB.*0 MiB/],
    ["a disk that is no number", { diskSizeMiB: Number.NaN }, "ERR_CHECK_OPTION", /diskSizeMiB/],
    ["an extra disk of -1 MiB", { extraDiskSizesMiB: [-1] }, "ERR_CHECK_OPTION", /-1 MiB/],
    ["an unknown network", { network: "bridged" }, "ERR_CHECK_NETWORK", /"bridged"/],
    ["a multicast MAC", { macAddress: "01:00:5e:00:00:01" }, "ERR_CHECK_OPTION", /01:00:5e/],
    ["a MAC that is none", { macAddress: "hello" }, "ERR_CHECK_OPTION", /"hello"/],
    ["port 70000", { sshPort: 70_000 }, "ERR_CHECK_OPTION", /70000/],
    ["a user that is an option", { sshUser: "-oProxyCommand=x" }, "ERR_CHECK_OPTION", /-oProxy/],
    ["an unknown option", { memory: 4096 } as Bad, "ERR_CHECK_OPTION", /memory/],
    ["a relative ISO", { iso: "b2d.iso" }, "ERR_CHECK_ISO", /"b2d\.iso"/],
    ["a missing ISO", { iso: "/nowhere/b2d.iso" }, "ERR_CHECK_ISO", /\/nowhere\/b2d\.iso/],
    [
      "a mount with a comma",
      { mounts: [{ hostPath: "/a,b", guestPath: "/b" }] },
      "ERR_CHECK_OPTION",
      /"\/a,b"/,
    ],
    [
      "a mount that is not there",
      { mounts: [{ hostPath: "/nowhere", guestPath: "/b" }] },
      "ERR_CHECK_OPTION",
      /"\/nowhere"/,
    ],
    [
      "two mounts in one place",
      {
        mounts: [
          { hostPath: "/tmp", guestPath: "/b" },
          { hostPath: "/", guestPath: "/b" },
        ],
      },
      "ERR_CHECK_OPTION",
      /"\/b"/,
    ],
    ["a newline for the kernel", { kernelCmdline: "a\nb" }, "ERR_CHECK_OPTION", /"a\\nb"/],
    ["a line too long for Linux", { kernelCmdline: "x".repeat(2040) }, "ERR_CHECK_OPTION", /2047/],
  ])("%s", async (_what, bad, code, message) => {
    await using world = await openWorld();
    const options = { ...world.options(), ...bad } as CreateMachineOptions;
    const refused = { code, message: expect.stringMatching(message) };
    await expect(preCreateCheck(options, world.context)).rejects.toMatchObject(refused);
    await expect(createMachine(options, world.context)).rejects.toMatchObject(refused);
    expect(await world.leftovers()).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ["a directory", (path) => mkdir(path)],
    ["empty", (path) => writeFile(path, "")],
    ["no ISO", (path) => writeFile(path, "not an image")],
  ])("an ISO that is %s", async (_what, make) => {
    await using world = await openWorld();
    const iso = join(world.directory, "other.iso");
    await make(iso);
    await expect(createMachine(world.options({ iso }), world.context)).rejects.toMatchObject({
      code: "ERR_CHECK_ISO",
      message: expect.stringContaining(iso),
    });
    expect(await world.leftovers()).toEqual([]);
  });

  it("a truncated ISO leaves nothing, whether the check or the extraction finds it", async () => {
    await using world = await openWorld();
    await truncate(world.iso, 23 * 2048);
    await expect(createMachine(world.options(), world.context)).rejects.toThrow(/b2d\.iso/);
    expect(await world.leftovers()).toEqual([]);
  });

  it("vfkit that is not installed, with how to install it", async () => {
    await using world = await openWorld();
    await expect(
      preCreateCheck(world.options(), world.with({ PATH: "/nowhere" })),
    ).rejects.toMatchObject({ code: "ERR_CHECK_VFKIT", hint: expect.stringContaining("brew") });
  });

  it("all but the ISO, when that has yet to be downloaded", async () => {
    await using world = await openWorld();
    const options = { ...world.options(), iso: undefined };
    await preCreateCheck(options, world.context);
    await expect(preCreateCheck(options, world.with({ PATH: "/nowhere" }))).rejects.toMatchObject({
      code: "ERR_CHECK_VFKIT",
    });
    await expect(preCreateCheck({ ...options, cpus: 0 }, world.context)).rejects.toMatchObject({
      code: "ERR_CHECK_OPTION",
      hint: "From 1 to 128.",
    });
  });

  it("a vfkit that does not say its version", async () => {
    await using world = await openWorld();
    const bin = join(world.directory, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "vfkit"), "#!/bin/sh\necho hello\n");
    await chmod(join(bin, "vfkit"), 0o755);
    await expect(
      preCreateCheck(world.options(), world.with({ PATH: `${bin}:/usr/bin:/bin` })),
    ).rejects.toMatchObject({ code: "ERR_CHECK_VFKIT", message: expect.stringContaining("hello") });
  });

  it("a vfkit that is too old for a read-only ISO", async () => {
    await using world = await openWorld();
    await expect(
      createMachine(world.options(), world.with({ FAKE_VFKIT_VERSION: "0.5.1" })),
    ).rejects.toMatchObject({
      code: "ERR_CHECK_VFKIT",
      message: expect.stringMatching(/vfkit 0\.5\.1 at .* needs vfkit 0\.6\.0 or later/),
      hint: expect.stringContaining("brew upgrade vfkit"),
    });
    expect(await world.leftovers()).toEqual([]);
  });

  it("vmnet-shared without vmnet-helper", async () => {
    await using world = await openWorld();
    const paths = { ...world.host.paths, vmnetHelper: "/nowhere/vmnet-helper" };
    await expect(
      preCreateCheck(world.options({ network: "vmnet-shared" }), world.with({}, { paths })),
    ).rejects.toMatchObject({ code: "ERR_CHECK_VMNET_HELPER" });
  });

  it("a store with a comma in its path, which vfkit cannot take", async () => {
    await using world = await openWorld();
    const storeDir = join(world.directory, "a,b");
    await expect(
      createMachine(world.options(), { ...world.context, storeDir }),
    ).rejects.toMatchObject({ code: "ERR_CHECK_STORE", message: expect.stringContaining('","') });
  });

  it("a relative store", async () => {
    await using world = await openWorld();
    await expect(
      createMachine(world.options(), { ...world.context, storeDir: "store" }),
    ).rejects.toMatchObject({
      code: "ERR_CHECK_STORE",
      message: expect.stringContaining('"store"'),
    });
  });

  // Where Node's own mkdir never ends; both are Linux'.
  const kernelDirectories = process.platform === "linux" ? ["/proc/vfm", "/sys/vfm/store"] : [];
  it.each([...kernelDirectories, "/dev/null/store", "FILE", "FILE/store"])(
    "a store that cannot be made, by its path: %s",
    { timeout: 10_000 },
    async (path) => {
      await using world = await openWorld();
      const storeDir = path.replace("FILE", world.iso);
      const options = world.options({ start: false });
      await expect(createMachine(options, { ...world.context, storeDir })).rejects.toMatchObject({
        code: "ERR_CHECK_STORE",
        message: expect.stringContaining(storeDir),
        hint: expect.stringContaining("VFM_HOME"),
      });
    },
  );

  it("and accepts what is in order, saying what it found", async () => {
    await using world = await openWorld();
    await preCreateCheck(world.options({ network: "vmnet-shared" }), world.context);
    expect(world.events).toMatchObject([
      { type: "check.started", data: { network: "vmnet-shared" } },
      { type: "check.vfkit.found", data: { version: "0.6.4" } },
      { type: "check.vmnet-helper.found", data: { version: "0.13.0" } },
      { type: "check.done" },
    ]);
    expect(await world.leftovers()).toEqual([]);
  });
});

describe("a long store path", () => {
  it("moves the sockets to a short directory, which remove deletes", async () => {
    await using world = await openWorld();
    const storeDir = join(world.directory, "x".repeat(90));
    const options = world.options({ network: "vmnet-shared" });
    const machine = await createMachine(options, { ...world.context, storeDir });
    const { socketDir } = machine.config;
    expect(socketDir).not.toBe(machine.directory);
    expect(socketDir.startsWith(world.directory)).toBe(true);
    expect(await machine.getState()).toBe("Running");
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    await machine.start();
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    const entries = await readdir(world.directory);
    expect(entries.filter((entry) => entry.startsWith("vfm-"))).toEqual([]);
  });

  it("counts the bytes of the real path, not of the link", async () => {
    await using world = await openWorld();
    const real = join(world.directory, "ü".repeat(45));
    await mkdir(real);
    const link = join(world.directory, "l");
    await symlink(real, link);
    const machine = await createMachine(world.options({ start: false }), {
      ...world.context,
      storeDir: link,
    });
    expect(machine.directory.startsWith(real)).toBe(true);
    expect(machine.config.socketDir).not.toBe(machine.directory);
  });

  it("takes no directory that somebody else made", async () => {
    await using world = await openWorld();
    const storeDir = join(world.directory, "x".repeat(90));
    const machine = await createMachine(world.options({ start: false }), {
      ...world.context,
      storeDir,
    });
    await mkdir(machine.config.socketDir, { recursive: true });
    await chmod(machine.config.socketDir, 0o777);
    await expect(machine.start()).rejects.toMatchObject({ code: "ERR_SOCKET_DIR_UNSAFE" });
  });
});
