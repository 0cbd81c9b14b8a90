import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { openWorld } from "./world.js";

/** What macOS' file system shows: `C1` leads to `c1`, and the directory lists `c1` alone. */
async function worldWhereCaseDoesNotCount() {
  const world = await openWorld();
  const machine = await createMachine(world.options(), world.context);
  await symlink(machine.directory, join(world.storeDir, "machines", "C1"));
  return { world, machine };
}

describe("a name that differs in its case alone, where the file system does not tell them apart", () => {
  it("is nobody's: the machine that it leads to is not removed", async () => {
    const { world, machine } = await worldWhereCaseDoesNotCount();
    await using _ = world;
    const missing = { code: "ERR_MACHINE_NOT_FOUND", message: expect.stringContaining("c1") };
    await expect(openMachine("C1", world.context)).rejects.toMatchObject(missing);
    await expect(removeMachine("C1", world.context)).rejects.toMatchObject(missing);
    expect(await machine.getState()).toBe("Running");
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Running" }]);
  });

  it("is nobody's, though the machine that it leads to is damaged", async () => {
    const { world, machine } = await worldWhereCaseDoesNotCount();
    await using _ = world;
    await writeFile(join(machine.directory, "config.json"), "");
    await expect(removeMachine("C1", world.context)).rejects.toMatchObject({
      code: "ERR_CONFIG_INVALID",
    });
    expect(await machine.getState()).toBe("Running");
  });

  it.each(["a machine", "a creation that was killed"])("is taken by %s", async (what) => {
    const { world, machine } = await worldWhereCaseDoesNotCount();
    await using _ = world;
    if (what !== "a machine") await writeFile(join(machine.directory, "creating.json"), "{}\n");
    const options = world.options({ name: "C1", start: false });
    await expect(createMachine(options, world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_EXISTS",
    });
  });
});
