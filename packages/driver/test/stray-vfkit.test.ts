import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createMachine, openMachine } from "../src/index.js";
import { openWorld } from "./world.js";

describe("a vfkit whose machine was deleted by hand", () => {
  it("is named and left alone by the next machine of its name, which starts when it is gone", async () => {
    await using world = await openWorld();
    const { directory } = await createMachine(world.options(), world.context);
    await rm(directory, { recursive: true });
    const [stray, ...others] = await world.processes();
    expect(others).toEqual([]);
    await expect(createMachine(world.options(), world.context)).rejects.toMatchObject({
      code: "ERR_SOCKET_IN_USE",
      message: expect.stringContaining(`pid ${stray?.pid}`) as string,
    });
    expect((await world.processes()).map(({ pid }) => pid)).toEqual([stray?.pid]);
    await world.kill("--restful-uri", "SIGKILL");
    const machine = await openMachine("c1", world.context);
    await machine.start();
    expect(await machine.getState()).toBe("Running");
  });
});
