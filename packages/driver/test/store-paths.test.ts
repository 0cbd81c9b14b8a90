import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, removeMachine } from "../src/index.js";
import { openWorld } from "./world.js";

describe("odd store paths", () => {
  it.each([
    ["spaces and apostrophes", "my 'store' $HOME; x"],
    ["other scripts", "Ünïcødé 机器"],
  ])("with %s carry a whole life", async (_what, directory) => {
    await using world = await openWorld();
    const context = { ...world.context, storeDir: join(world.directory, directory) };
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
    expect(machine.directory).toBe(join(context.storeDir, "machines", "c1"));
    expect(await machine.getState()).toBe("Running");
    await machine.restart();
    expect(await listMachines(context)).toMatchObject([{ name: "c1", state: "Running" }]);
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
  });

  it("with a double quote are refused: ssh's configuration cannot say it", async () => {
    await using world = await openWorld();
    const context = { ...world.context, storeDir: join(world.directory, 'a"b') };
    await expect(createMachine(world.options(), context)).rejects.toMatchObject({
      code: "ERR_CHECK_STORE",
      message: expect.stringContaining('a\\"b'),
    });
  });

  it("through a link are the store that it leads to", async () => {
    await using world = await openWorld();
    await mkdir(world.storeDir);
    const link = join(world.directory, "link");
    await symlink(world.storeDir, link);
    await createMachine(world.options(), { ...world.context, storeDir: link });
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Running" }]);
    await removeMachine("c1", world.context);
    expect(await listMachines({ ...world.context, storeDir: link })).toEqual([]);
    expect(await world.processes()).toEqual([]);
  });
});
