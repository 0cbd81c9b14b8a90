import { stat } from "node:fs/promises";
import { expect } from "vitest";
import type { Machine } from "../src/index.js";
import type { World } from "./world.js";

/** Permissions of a file. */
export const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

/** The command line of the vfkit that was started last. */
export function argvOf(world: World): readonly string[] {
  const spawned = world.events.findLast(({ type }) => type === "start.vfkit.spawned");
  return spawned?.type === "start.vfkit.spawned" ? spawned.data.argv : [];
}

export async function expectNothingLeft(world: World, machine: Machine): Promise<void> {
  expect(await machine.remove()).toEqual({ leftBehind: [] });
  expect(await world.processes()).toEqual([]);
  expect(await world.leftovers()).toEqual([]);
}
