import { expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { openWorld } from "./world.js";

it("a creation is one operation: the time of its events runs on from the first check to the end", async () => {
  await using world = await openWorld();
  await createMachine(world.options({ start: false }), world.context);
  const times = world.events.map(({ elapsedMs }) => elapsedMs);
  expect(world.eventTypes()).toEqual(expect.arrayContaining(["check.started", "create.done"]));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
