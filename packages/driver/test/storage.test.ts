import { createHost } from "@vfkit-machine/host";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { openWorld, TEMPORARY, type World } from "./world.js";

const { runner } = createHost();
const IS_ROOT = process.geteuid?.() === 0;

/** A store on a disk of a few hundred KiB; needs root. */
async function smallDisk(
  world: World,
  sizeKiB: number,
): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(world.storeDir, { mode: 0o700 });
  const options = `size=${sizeKiB}k,mode=0700`;
  const mounted = await runner.run("mount", [
    "-t",
    "tmpfs",
    "-o",
    options,
    "tmpfs",
    world.storeDir,
  ]);
  if (mounted.exitCode !== 0) throw new Error(mounted.stderr);
  return {
    path: world.storeDir,
    [Symbol.asyncDispose]: async () => {
      await runner.run("umount", ["--lazy", world.storeDir]);
    },
  };
}

const canMount =
  IS_ROOT &&
  process.platform === "linux" &&
  (await runner.run("unshare", ["-m", "true"])).exitCode === 0;

const PAGE_KIB = 4;

/** Fills a file system to its last page, then gives back so many. @returns the file that fills it */
async function fill(directory: string, freePages: number): Promise<string> {
  const filler = join(directory, "filler");
  await using file = await open(filler, "w");
  const page = Buffer.alloc(PAGE_KIB * 1024);
  let pages = 0;
  while ((await file.write(page).catch(() => undefined))?.bytesWritten === page.length) pages += 1;
  await file.truncate(Math.max(0, pages - freePages) * page.length);
  return filler;
}

/** How a thing ended: its error must be one of ours that says what is the matter. */
async function endOf(work: Promise<unknown>): Promise<"done" | "full"> {
  try {
    await work;
    return "done";
  } catch (error) {
    expect(error).toMatchObject({
      name: "MachineError",
      message: expect.stringMatching(/no space|ENOSPC/i),
    });
    return "full";
  }
}

describe.skipIf(!canMount)("a full disk (needs root on Linux, for a small tmpfs)", () => {
  it("at any write of create: says so and leaves nothing; one page more, and the next write fails", async () => {
    await using world = await openWorld();
    await using disk = await smallDisk(world, 1024);
    const options = world.options({ start: false, extraDiskSizesMiB: [1] });
    let failures = 0;
    for (let pages = 0; ; pages += 1) {
      const filler = await fill(disk.path, pages);
      const end = await endOf(createMachine(options, world.context));
      if (end === "done") break;
      failures += 1;
      expect([pages, await listMachines(world.context)]).toEqual([pages, []]);
      expect([pages, await world.leftovers()]).toEqual([pages, ["filler"]]);
      await unlink(filler);
    }
    // The ISO alone has 54 KiB: 14 pages; then kernel, initrd, keys, disk, configuration.
    expect(failures).toBeGreaterThan(20);
    expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
  });

  it("at any write of start: says so and is undone; with space again it works", async () => {
    await using world = await openWorld();
    await using disk = await smallDisk(world, 1024);
    const options = world.options({ start: false, network: "vmnet-shared" });
    const machine = await createMachine(options, world.context);
    let failures = 0;
    for (let pages = 0; ; pages += 1) {
      const filler = await fill(disk.path, pages);
      const end = await endOf(machine.start({ timeoutMs: 4_000 }));
      if (end === "done") break;
      failures += 1;
      expect([pages, await world.processes()]).toEqual([pages, []]);
      expect([pages, await machine.getState()]).toEqual([pages, "Stopped"]);
      await unlink(filler);
    }
    expect(failures).toBeGreaterThan(2);
    expect(await machine.getState()).toBe("Running");
  });

  it("to the last byte: what runs is seen, stopped and removed, which makes space", async () => {
    await using world = await openWorld();
    await using disk = await smallDisk(world, 1024);
    const running = await createMachine(world.options(), world.context);
    const other = world.options({ name: "c2", start: false });
    await createMachine(other, world.context);
    await fill(disk.path, 0);
    expect(await listMachines(world.context)).toMatchObject([
      { state: "Running" },
      { state: "Stopped" },
    ]);
    expect(await running.stop()).toMatchObject({ outcome: "graceful" });
    expect(await removeMachine("c2", world.context)).toEqual({ leftBehind: [] });
    await running.start();
    expect(await running.getState()).toBe("Running");
    expect(await running.remove()).toEqual({ leftBehind: [] });
    expect(await world.leftovers()).toEqual(["filler"]);
  });
});

describe.skipIf(!canMount)("a store that was mounted read-only (needs root on Linux)", () => {
  it("is listed and told of, and whoever would write is told why not, with the path", async () => {
    await using world = await openWorld();
    await using disk = await smallDisk(world, 1024);
    const machine = await createMachine(world.options({ start: false }), world.context);
    const remount = (mode: string): Promise<unknown> =>
      runner.run("mount", ["-o", `remount,${mode}`, disk.path]);
    await remount("ro");
    const refused = { code: "ERR_STORAGE", message: expect.stringMatching(/read-only/) };
    expect(await listMachines(world.context)).toMatchObject([{ state: "Stopped" }]);
    expect(await machine.getState()).toBe("Stopped");
    await expect(machine.start()).rejects.toMatchObject(refused);
    await expect(machine.stop()).rejects.toMatchObject(refused);
    await expect(removeMachine("c1", world.context)).rejects.toMatchObject(refused);
    const second = world.options({ name: "c2" });
    await expect(createMachine(second, world.context)).rejects.toMatchObject(refused);
    await remount("rw");
    await machine.start();
    expect(await machine.getState()).toBe("Running");
  });
});

const SHARED_MEMORY = "/dev/shm";
const sharedMemory = await deviceOf(SHARED_MEMORY);
const isAnother = sharedMemory !== undefined && sharedMemory !== (await deviceOf(TEMPORARY));

async function deviceOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );
}

describe.skipIf(!isAnother)(
  "a store on another file system than the ISO and the temporary directory (needs /dev/shm to be one)",
  () => {
    it("has a copy of the ISO, byte for byte, and carries a whole life", async () => {
      await using world = await openWorld();
      const storeDir = await mkdtemp(join(SHARED_MEMORY, "vfm-"));
      try {
        const context = { ...world.context, storeDir };
        const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
        const copied = world.events.find(({ type }) => type === "create.iso.copied");
        expect(copied).toMatchObject({ data: { cloned: false } });
        const copy = join(machine.directory, "boot2docker.iso");
        expect((await readFile(copy)).equals(await readFile(world.iso))).toBe(true);
        expect((await stat(copy)).dev).not.toBe((await stat(world.iso)).dev);
        await machine.restart();
        expect(await machine.getState()).toBe("Running");
        expect(await machine.remove()).toEqual({ leftBehind: [] });
        expect(await readdir(join(storeDir, "machines"))).toEqual([]);
      } finally {
        await rm(storeDir, { recursive: true });
      }
      expect(await world.processes()).toEqual([]);
    });
  },
);

describe.skipIf(IS_ROOT)("a read-only store (needs a user that is not root)", () => {
  it("can be read, and says that it cannot be written", async () => {
    await using world = await openWorld();
    await createMachine(world.options({ start: false }), world.context);
    const directories = ["machines/c1", "machines", "locks"].map((path) =>
      join(world.storeDir, path),
    );
    for (const path of directories) await chmod(path, 0o500);
    try {
      expect(await listMachines(world.context)).toMatchObject([{ state: "Stopped" }]);
      const machine = await openMachine("c1", world.context);
      await expect(machine.start()).rejects.toMatchObject({ code: "ERR_STORAGE" });
      await expect(
        createMachine(world.options({ name: "c2" }), world.context),
      ).rejects.toMatchObject({ code: "ERR_STORAGE" });
    } finally {
      for (const path of directories) await chmod(path, 0o700);
    }
  });
});
