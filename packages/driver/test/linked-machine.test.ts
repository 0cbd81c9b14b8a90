import { existsSync } from "node:fs";
import { readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { listQuietMachines } from "../src/list.js";
import { openWorld, type World } from "./world.js";

/** A stopped machine whose directory somebody moved to another place, with a link to it. */
async function linkedMachine(world: World): Promise<{ elsewhere: string; link: string }> {
  const { directory: link } = await createMachine(world.options({ start: false }), world.context);
  const elsewhere = join(world.directory, "elsewhere");
  await rename(link, elsewhere);
  await symlink(elsewhere, link);
  return { elsewhere, link };
}

describe.concurrent("a machine whose directory is a link", () => {
  it("is listed as any other, and lives", async () => {
    await using world = await openWorld();
    await linkedMachine(world);
    const { storeDir } = world.context;
    expect(await listQuietMachines({ storeDir })).toMatchObject([{ name: "c1", state: "Stopped" }]);
    await (await openMachine("c1", world.context)).start();
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Running" }]);
  });

  it("is removed without what the link leads to, which is named", async () => {
    await using world = await openWorld();
    const { elsewhere, link } = await linkedMachine(world);
    const before = await readdir(elsewhere);
    const { leftBehind } = await removeMachine("c1", world.context);
    expect(leftBehind).toEqual([
      { path: elsewhere, reason: expect.stringContaining(link) as string },
    ]);
    expect(await readdir(elsewhere)).toEqual(before);
    expect(await world.leftovers()).toEqual([]);
    await createMachine(world.options({ start: false }), world.context);
    expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
  });

  it("is listed with the reason and can be removed when the link leads nowhere", async () => {
    await using world = await openWorld();
    const { elsewhere, link } = await linkedMachine(world);
    await rm(elsewhere, { recursive: true });
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Unknown" }]);
    expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
    expect(existsSync(link)).toBe(false);
    expect(await listMachines(world.context)).toEqual([]);
  });

  it("does not stand in the way once an unfinished removal has left the link", async () => {
    await using world = await openWorld();
    const { elsewhere, link } = await linkedMachine(world);
    await rename(link, join(world.storeDir, "machines", ".c1.removing"));
    const files = await readdir(elsewhere);
    await createMachine(world.options({ start: false }), world.context);
    expect(await removeMachine("c1", world.context)).toEqual({ leftBehind: [] });
    expect(await readdir(elsewhere)).toEqual(files);
  });
});
