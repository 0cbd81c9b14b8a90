import { describe, expect, it } from "vitest";
import { createMachine, openMachine, listMachines } from "../src/index.js";
import { openWorld } from "./world.js";

describe("one machine, from create to remove", () => {
  it("works", async () => {
    await using world = await openWorld();
    const began = performance.now();
    const machine = await createMachine(world.options(), world.context);
    console.log(
      world.events.map((e) => `${Math.round(e.elapsedMs)} ${e.type}`).join("\n"),
      performance.now() - began,
    );
    expect(await machine.getState()).toBe("Running");
    const ip = await machine.getIP();
    expect(await machine.getURL()).toBe(`tcp://${ip}:2376`);
    console.log(await listMachines(world.context));
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    expect(await machine.getState()).toBe("Stopped");
    await machine.start();
    expect(await machine.getState()).toBe("Running");
    expect((await machine.restart()).outcome).toBe("graceful");
    expect(await machine.kill()).toMatchObject({ outcome: "killed" });
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
    expect(await world.leftovers()).toEqual([]);
    await expect(openMachine("c1", world.context)).rejects.toMatchObject({
      code: "ERR_MACHINE_NOT_FOUND",
    });
  });
  it("works on vmnet-shared", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), world.context);
    expect(await machine.getState()).toBe("Running");
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
    expect(await world.leftovers()).toEqual([]);
  });
});
