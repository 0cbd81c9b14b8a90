import { link, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, openMachine, planMachine, updateMachine } from "../src/index.js";
import { openWorld, type World } from "./world.js";

const MIB = 1024 * 1024;

describe("updateMachine", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await createMachine(
      world.options({ name: "c1", diskSizeMiB: 64, start: false }),
      world.context,
    );
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  const config = async (): Promise<object> => (await openMachine("c1", world.context)).config;

  it("replaces the configuration in one step: who has the old one open reads it whole", async () => {
    const before = await readFile(join(world.storeDir, "machines/c1/config.json"), "utf8");
    const kept = join(world.directory, "kept");
    await link(join(world.storeDir, "machines/c1/config.json"), kept);
    await updateMachine("c1", { cpus: 3 }, world.context);
    expect(await readFile(kept, "utf8")).toBe(before);
  });

  it("changes what is given, keeps the rest, and grows the disk itself", async () => {
    const before = await config();
    const changed = await updateMachine(
      "c1",
      { cpus: 3, memoryMiB: 1024, diskSizeMiB: 96 },
      world.context,
    );
    const wanted = { ...before, cpus: 3, memoryMiB: 1024, diskSizeMiB: 96 };
    expect(changed.config).toEqual(wanted);
    expect(await config()).toEqual(wanted);
    expect((await stat(join(changed.directory, "disk.img"))).size).toBe(96 * MIB);
    expect((await updateMachine("c1", { cpus: 1 }, world.context)).config).toEqual({
      ...wanted,
      cpus: 1,
    });
  });

  it.each([
    [{ diskSizeMiB: 32 }, "ERR_DISK_SHRINK"],
    [{ cpus: 0 }, "ERR_CHECK_OPTION"],
    [{ memoryMiB: 1.5 }, "ERR_CHECK_OPTION"],
  ])("refuses %j and changes nothing", async (options, code) => {
    const before = await config();
    await expect(updateMachine("c1", options, world.context)).rejects.toMatchObject({ code });
    expect(await config()).toEqual(before);
  });

  it("refuses a machine that runs, and one that is not there", async () => {
    const machine = await openMachine("c1", world.context);
    await machine.start();
    await expect(updateMachine("c1", { cpus: 1 }, world.context)).rejects.toMatchObject({
      code: "ERR_NOT_STOPPED",
      hint: "Stop it first with vfm stop c1.",
    });
    await machine.kill();
    await expect(updateMachine("c2", { cpus: 1 }, world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_NOT_FOUND",
    });
  });

  it("is planned without being made: the same command line that a start runs", async () => {
    const { argv } = await planMachine(world.options({ name: "c2", cpus: 3 }), world.context);
    expect(argv.slice(1, 3)).toEqual(["--cpus", "3"]);
    expect(argv.join(" ")).toContain(join(world.storeDir, "machines", "c2", "disk.img"));
    await expect(openMachine("c2", world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_NOT_FOUND",
    });
    const made = await createMachine(world.options({ name: "c2", cpus: 3 }), world.context);
    const spawned = world.events.find((event) => event.type === "start.vfkit.spawned");
    expect(spawned?.data).toMatchObject({ argv });
    await made.kill();
  });
});
