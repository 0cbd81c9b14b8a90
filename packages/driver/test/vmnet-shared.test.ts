import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { argvOf, expectNothingLeft, modeOf } from "./looks.js";
import { openWorld } from "./world.js";

describe("vmnet-shared", () => {
  it("starts the helper first, hands its socket to vfkit, and stops it last", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), world.context);
    const types = world.eventTypes();
    expect(types.indexOf("start.helper.ready")).toBeLessThan(types.indexOf("start.vfkit.spawned"));
    expect(argvOf(world).join(" ")).toContain(
      `virtio-net,unixSocketPath=${machine.directory}/vmnet-helper.sock,mac=`,
    );
    expect(await modeOf(join(machine.directory, "vmnet-helper.pid"))).toBe(0o600);
    expect(await modeOf(join(machine.directory, "vmnet-helper.log"))).toBe(0o600);
    const helper = (await world.processes()).find(({ command }) => command.includes("--socket"));
    expect(helper?.command).toContain(`--interface-id ${machine.config.vmnetInterfaceId}`);
    await machine.stop();
    const stopped = world.eventTypes();
    expect(stopped.indexOf("stop.vm.exited")).toBeLessThan(stopped.indexOf("stop.helper.stopped"));
    expect(await world.processes()).toEqual([]);
    await machine.start();
    expect(await machine.getState()).toBe("Running");
    await expectNothingLeft(world, machine);
  });

  it("removes the socket that a killed vfkit leaves beside the helper's", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), world.context);
    const sockets = async (): Promise<string[]> =>
      (await readdir(machine.directory)).filter((name) => /^vfkit-.*\.sock$/.test(name));
    expect(await sockets()).toHaveLength(1);
    await machine.kill();
    expect(await sockets()).toEqual([]);
    await machine.start();
    await world.kill("--restful-uri", "SIGKILL");
    expect(await machine.getState()).toBe("Stopped");
    expect(await sockets()).toEqual([]);
  });
});
