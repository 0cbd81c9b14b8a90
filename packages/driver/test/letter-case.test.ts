import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  type Machine,
} from "../src/index.js";
import { openWorld, type World } from "./world.js";

/** The machine c1 as macOS' file system shows it: `C1` leads to it, and `c1` alone is listed. */
async function createWhereCaseDoesNotCount(world: World): Promise<Machine> {
  const machine = await createMachine(world.options(), world.context);
  await symlink(machine.directory, join(world.storeDir, "machines", "C1"));
  return machine;
}

describe("a name that differs in its case alone, where the file system does not tell them apart", () => {
  it("is nobody's: the machine that it leads to is not removed", async () => {
    await using world = await openWorld();
    const machine = await createWhereCaseDoesNotCount(world);
    const missing = { code: "ERR_MACHINE_NOT_FOUND", message: expect.stringContaining("c1") };
    await expect(openMachine("C1", world.context)).rejects.toMatchObject(missing);
    await expect(removeMachine("C1", world.context)).rejects.toMatchObject(missing);
    expect(await machine.getState()).toBe("Running");
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Running" }]);
  });

  it("is nobody's, though the machine that it leads to is damaged", async () => {
    await using world = await openWorld();
    const machine = await createWhereCaseDoesNotCount(world);
    await writeFile(join(machine.directory, "config.json"), "");
    await expect(removeMachine("C1", world.context)).rejects.toMatchObject({
      code: "ERR_CONFIG_INVALID",
    });
    expect(await machine.getState()).toBe("Running");
  });

  it.each(["a machine", "a creation that was killed"])("is taken by %s", async (what) => {
    await using world = await openWorld();
    const machine = await createWhereCaseDoesNotCount(world);
    if (what !== "a machine") await writeFile(join(machine.directory, "creating.json"), "{}\n");
    const options = world.options({ name: "C1", start: false });
    await expect(createMachine(options, world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_EXISTS",
    });
  });
});
