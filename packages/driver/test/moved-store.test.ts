import { cp, lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, openMachine, removeMachine } from "../src/index.js";
import { openWorld } from "./world.js";

const isNoSocket = async (path: string): Promise<boolean> => !(await lstat(path)).isSocket();

describe.concurrent("a store that was moved while its machine runs", () => {
  it.each(["nat", "vmnet-shared"] as const)(
    "has that machine running on %s, and stops it",
    async (network) => {
      await using world = await openWorld();
      await createMachine(world.options({ network }), world.context);
      const storeDir = join(world.directory, "t");
      await rename(world.storeDir, storeDir);
      const machine = await openMachine("c1", { ...world.context, storeDir });
      expect(await machine.getState()).toBe("Running");
      await expect(machine.start()).rejects.toMatchObject({ code: "ERR_ALREADY_RUNNING" });
      expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
      expect(await world.processes()).toEqual([]);
      expect(await machine.getState()).toBe("Stopped");
    },
  );

  it("is told from a copy: removing that leaves the machine alone", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    const storeDir = join(world.directory, "copy");
    await cp(world.storeDir, storeDir, { recursive: true, filter: isNoSocket });
    const context = { ...world.context, storeDir };
    expect(await (await openMachine("c1", context)).getState()).toBe("Stopped");
    expect(await removeMachine("c1", context)).toEqual({ leftBehind: [] });
    expect(await machine.getState()).toBe("Running");
  });
});
