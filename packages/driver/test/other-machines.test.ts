import { parseMacAddress, systemClock, type Clock } from "@vfkit-machine/host";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  updateMachine,
} from "../src/index.js";
import { lockMachine } from "../src/lock.js";
import { openStore } from "../src/store.js";
import { openWorld } from "./world.js";

const errorOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe.concurrent("another machine", () => {
  it("is made, started, listed, changed, stopped and removed while this one waits for its guest", async () => {
    await using world = await openWorld();
    const controller = new AbortController();
    // This start ends when it is told to and not before: whoever waited for it would wait for ever.
    const silent = world.with({ FAKE_VFKIT_FAULTS: "no-lease" });
    const first = await createMachine(world.options({ start: false }), silent);
    const waiting = world.next("start.lease.waiting");
    const starting = errorOf(first.start({ signal: controller.signal }));
    await waiting;
    const context = { ...world.context, lockTimeoutMs: 2 ** 31 - 1 };
    const second = await createMachine(world.options({ name: "c2", start: false }), context);
    await second.start();
    expect(await listMachines(world.context)).toMatchObject([
      { name: "c1", state: "Running" },
      { name: "c2", state: "Running" },
    ]);
    await second.stop();
    await updateMachine("c2", { cpus: 1 }, context);
    expect(await removeMachine("c2", context)).toEqual({ leftBehind: [] });
    controller.abort();
    expect(await starting).toMatchObject({ code: "ERR_ABORTED" });
  });

  it("waits for no creation, and leaves what it has built so far", async () => {
    await using world = await openWorld();
    const store = await openStore(world.host, world.storeDir);
    await createMachine(world.options({ name: "c2", start: false }), world.context);
    const held = await lockMachine(world.host, store, "c1", { operation: "create" });
    await mkdir(join(store.machines, ".c1.creating"));
    await mkdir(join(store.locks, ".c1.0123"));
    // Who waits for a lock sleeps between two looks at it.
    let sleeps = 0;
    const sleep: Clock["sleep"] = (...args) => {
      sleeps += 1;
      return systemClock.sleep(...args);
    };
    const context = world.with({}, { clock: { ...systemClock, sleep } });
    expect(await listMachines(context)).toMatchObject([{ name: "c2" }]);
    expect(await (await openMachine("c2", context)).getState()).toBe("Stopped");
    await createMachine(world.options({ name: "c3", start: false }), context);
    await removeMachine("c2", context);
    expect(sleeps).toBe(0);
    expect(await readdir(store.machines)).toEqual([".c1.creating", "c3"]);
    expect((await readdir(store.locks)).toSorted()).toEqual([".c1.0123", "c1"]);
    await held.release();
    await listMachines(context);
    expect(await readdir(store.machines)).toEqual(["c3"]);
  });

  it("a MAC address that was taken while a creation waited for its turn is refused", async () => {
    await using world = await openWorld();
    const store = await openStore(world.host, world.storeDir);
    const shared = { start: false, macAddress: parseMacAddress("5a:94:ef:e4:0c:ee") };
    const held = await lockMachine(world.host, store, "c1", { operation: "sweep" });
    const checked = world.next("check.done");
    const context = { ...world.context, lockTimeoutMs: 30_000 };
    const creating = createMachine(world.options({ name: "c1", ...shared }), context);
    const refused = errorOf(creating);
    await checked;
    await createMachine(world.options({ name: "c2", ...shared }), world.context);
    await held.release();
    expect(await refused).toMatchObject({ code: "ERR_CHECK_OPTION" });
    expect(await listMachines(world.context)).toMatchObject([{ name: "c2" }]);
  });
});
