import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, openMachine, type DriverEvent } from "../src/index.js";
import { openWorld, type World } from "./world.js";

/** A context that does this at the first event of that type, before anything else goes on. */
function doingAt(world: World, type: DriverEvent["type"], work: () => void) {
  let done = false;
  return {
    ...world.context,
    onEvent: (event: DriverEvent): void => {
      if (event.type !== type || done) return;
      done = true;
      work();
    },
  };
}

describe.concurrent("what a failure undoes is undone, and the failure itself is told", () => {
  it("though the machine's directory cannot be looked at any more", async () => {
    await using world = await openWorld();
    const { directory } = await createMachine(world.options({ start: false }), world.context);
    const controller = new AbortController();
    const { signal } = controller;
    const context = doingAt(world, "start.vfkit.spawned", () => {
      renameSync(directory, `${directory}.aside`);
      symlinkSync(directory, directory);
      controller.abort();
    });
    const machine = await openMachine("c1", context);
    await expect(machine.start({ signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await world.processes()).toEqual([]);
  });

  it("though a creation cannot look at what it made", async () => {
    await using world = await openWorld();
    const directory = join(world.storeDir, "machines", "c1");
    const controller = new AbortController();
    const context = doingAt(world, "start.vfkit.spawned", () => {
      renameSync(directory, `${directory}.aside`);
      symlinkSync(directory, directory);
      controller.abort();
    });
    const { signal } = controller;
    await expect(createMachine(world.options(), { ...context, signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(await world.processes()).toEqual([]);
  });

  it("though the lock cannot be let go", async () => {
    await using world = await openWorld();
    const { directory } = await createMachine(world.options({ start: false }), world.context);
    await rm(join(directory, "bzimage"));
    const locks = join(world.storeDir, "locks");
    const context = doingAt(world, "start.started", () => {
      renameSync(locks, `${locks}.aside`);
      writeFileSync(locks, "");
    });
    const machine = await openMachine("c1", context);
    await expect(machine.start()).rejects.toMatchObject({ code: "ERR_MACHINE_DAMAGED" });
  });
});
