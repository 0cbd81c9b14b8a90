import { describe, expect, it } from "vitest";
import { createMachine, removeMachine } from "../src/index.js";
import { openWorld } from "./world.js";

describe.concurrent("a machine that was made anew since it was opened", () => {
  it.each(["stop", "kill", "remove"] as const)(
    "is ended whole by %s, its helper too",
    async (end) => {
      await using world = await openWorld();
      const old = await createMachine(world.options({ start: false }), world.context);
      await removeMachine("c1", world.context);
      const made = await createMachine(world.options({ network: "vmnet-shared" }), world.context);
      expect(await world.processes()).toHaveLength(2);
      await old[end]();
      expect(await world.processes()).toEqual([]);
      expect(await made.getState()).toBe("Stopped");
    },
  );
});
