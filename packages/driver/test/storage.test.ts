import { createHost } from "@vfkit-machine/host";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine } from "../src/index.js";
import { openWorld, type World } from "./world.js";

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

describe.skipIf(!canMount)("a full disk (needs root on Linux, for a small tmpfs)", () => {
  // The ISO has 54 KiB, kernel and initrd 8, the rest some 20: each size is full at another write.
  it.each([4, 16, 40, 56, 64, 68, 72])(
    "of %i KiB: create says so and leaves nothing",
    async (size) => {
      await using world = await openWorld();
      await using disk = await smallDisk(world, size);
      const context = { ...world.context, storeDir: disk.path };
      await expect(createMachine(world.options({ start: false }), context)).rejects.toMatchObject({
        name: "MachineError",
        message: expect.stringMatching(/no space|ENOSPC/i),
      });
      expect(await listMachines(world.context)).toEqual([]);
      expect(await world.leftovers()).toEqual([]);
    },
  );

  it("filled after create: start says so, is undone, and works when there is space again", async () => {
    await using world = await openWorld();
    await using disk = await smallDisk(world, 400);
    const machine = await createMachine(world.options({ start: false }), world.context);
    const filler = join(disk.path, "filler");
    await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => undefined);
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_STORAGE",
      hint: expect.stringContaining("Free some space"),
    });
    expect(await world.processes()).toEqual([]);
    await runner.run("rm", [filler]);
    await machine.start();
    expect(await machine.getState()).toBe("Running");
    await machine.remove();
  });
});

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
