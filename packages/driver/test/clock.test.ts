import { systemClock, type Clock } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine } from "../src/index.js";
import { lockMachine } from "../src/lock.js";
import { openStore } from "../src/store.js";
import { openWorld } from "./world.js";

const HOUR_MS = 3_600_000;

/** The clock of a computer that was set, by hand or by a time server. */
const shifted = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

describe.concurrent.each([
  ["back by a day", -24 * HOUR_MS],
  ["back to 1970", -Date.now() + HOUR_MS],
  ["forward by an hour", HOUR_MS],
])("the clock set %s", (_what, ms) => {
  it("changes nothing of a machine that runs: state, address, stop, and the next start", async () => {
    await using world = await openWorld();
    await createMachine(world.options({ network: "vmnet-shared" }), world.context);
    const [before] = await world.processes();
    const context = world.with({}, { clock: shifted(ms) });
    const machine = await openMachine("c1", context);
    expect(await machine.getState()).toBe("Running");
    expect(await listMachines(context)).toMatchObject([{ state: "Running", error: undefined }]);
    expect(await machine.getIP()).toMatch(/^127\./);
    expect((await world.processes()).map(({ pid }) => pid)).toContain(before?.pid);
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    await machine.start();
    expect(await machine.getState()).toBe("Running");
    // And set right again, while it runs.
    const again = await openMachine("c1", world.context);
    expect(await again.getState()).toBe("Running");
    expect(await again.remove()).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
  });

  it("does not make a vfkit that hangs look as if it were starting for ever", async () => {
    await using world = await openWorld();
    await createMachine(world.options(), world.context);
    await world.kill("--restful-uri", "SIGSTOP");
    // By this clock it was started in the future, or long ago.
    const machine = await openMachine("c1", world.with({}, { clock: shifted(ms) }));
    expect(await machine.getState()).toBe("Error");
    await machine.kill();
    expect(await world.processes()).toEqual([]);
  });

  it("leaves a lock held, and never says that it was taken in the future", async () => {
    await using world = await openWorld();
    const store = await openStore(world.host, world.storeDir);
    const held = await lockMachine(world.host, store, "c1", { operation: "start" });
    const { host } = world.with({}, { clock: shifted(ms) });
    const second = lockMachine(host, store, "c1", { operation: "stop", timeoutMs: 0 });
    await expect(second).rejects.toMatchObject({
      code: "ERR_MACHINE_BUSY",
      message: expect.stringMatching(/\(\d+ s\)/),
    });
    await held.release();
  });
});
