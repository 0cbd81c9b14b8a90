import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMachine, listMachines } from "../src/index.js";
import { openWorld } from "./world.js";

it("what macOS' Finder leaves in every directory of the store is in nobody's way", async () => {
  await using world = await openWorld();
  const warnings: string[] = [];
  const { logger } = world.host;
  const warn = (message: string): void => void warnings.push(message);
  const context = world.with({}, { logger: { ...logger, warn } });
  const machine = await createMachine(world.options({ start: false }), context);
  const locks = join(world.storeDir, "locks");
  for (const directory of [world.storeDir, locks, join(world.storeDir, "machines")]) {
    await writeFile(join(directory, ".DS_Store"), "Bud1");
    await writeFile(join(directory, "._c1"), "AppleDouble");
  }
  await writeFile(join(machine.directory, ".DS_Store"), "Bud1");
  // Left by the dead: a reason to sweep.
  await mkdir(join(locks, "c9"));
  expect(await listMachines(context)).toMatchObject([{ name: "c1", state: "Stopped" }]);
  expect(warnings).toEqual([]);
  await machine.start();
  await machine.stop();
  await machine.remove();
  expect((await world.leftovers()).filter((path) => !/\.DS_Store$|\._c1$/.test(path))).toEqual([]);
  await rm(world.storeDir, { recursive: true });
});
