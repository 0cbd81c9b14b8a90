import { isMachineError } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  updateMachine,
  type DriverEvent,
  type Machine,
} from "../src/index.js";
import { CHECK, MAKE, optionsOf, START, type EventType } from "./event-lists.js";
import { openWorld, type World } from "./world.js";

const CHECK_AND_CREATE = [...CHECK, ...MAKE];
/** Those after which there is still something to abort. */
const STARTING = START.filter((type) => type !== "start.done");

/** A context whose signal aborts at the first event of this type. */
function abortingAt(world: World, type: EventType, env: Readonly<Record<string, string>> = {}) {
  const controller = new AbortController();
  let abortedAt = 0;
  const context = world.with(env);
  return {
    context: {
      ...context,
      signal: controller.signal,
      onEvent: (event: DriverEvent): void => {
        context.onEvent(event);
        if (event.type !== type || controller.signal.aborted) return;
        abortedAt = performance.now();
        controller.abort(new Error("Ctrl-C"));
      },
    },
    undoneInMs: () => performance.now() - abortedAt,
  };
}

describe.concurrent("an abort is obeyed within 5 s", () => {
  it("at every event there is: these are all that a creation and a start emit", async () => {
    await using world = await openWorld();
    const machine = await createMachine(optionsOf(world), world.context);
    const seen = new Set(world.eventTypes());
    expect([...seen].toSorted()).toEqual([...CHECK_AND_CREATE, ...START, "create.done"].toSorted());
    await machine.stop();
    world.events.length = 0;
    await machine.start();
    expect([...new Set(world.eventTypes())].toSorted()).toEqual(START.toSorted());
  });

  it.each([...CHECK_AND_CREATE, ...STARTING])(
    "create, aborted at %s, leaves nothing",
    async (type) => {
      await using world = await openWorld();
      const { context, undoneInMs } = abortingAt(world, type);
      await expect(createMachine(optionsOf(world), context)).rejects.toMatchObject({
        code: "ERR_ABORTED",
      });
      expect(undoneInMs()).toBeLessThan(5_000);
      expect(await world.processes()).toEqual([]);
      expect(await world.leftovers()).toEqual([]);
    },
  );

  it.each(STARTING)("start, aborted at %s, leaves the machine as it was", async (type) => {
    await using world = await openWorld();
    const made = await createMachine({ ...optionsOf(world), start: false }, world.context);
    const before = await world.leftovers();
    const { context, undoneInMs } = abortingAt(world, type);
    const { signal } = context;
    const machine = await openMachine("c1", context);
    await expect(machine.start({ signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(undoneInMs()).toBeLessThan(5_000);
    expect(await world.processes()).toEqual([]);
    expect(await made.getState()).toBe("Stopped");
    const logs = (await world.leftovers()).filter((path) => !before.includes(path));
    expect(logs.filter((path) => !/\.log$|known_hosts$/.test(path))).toEqual([]);
    await made.start();
    expect(await made.getState()).toBe("Running");
  });

  it("also when vfkit does not obey at all", async () => {
    await using world = await openWorld();
    const { context, undoneInMs } = abortingAt(world, "start.vm.running", {
      FAKE_VFKIT_FAULTS: "ignores-stop,ignores-sigterm",
    });
    await expect(createMachine(optionsOf(world), context)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(undoneInMs()).toBeLessThan(5_000);
    expect(await world.processes()).toEqual([]);
  });

  it("a signal that aborted before: nothing is begun", async () => {
    await using world = await openWorld();
    const signal = AbortSignal.abort();
    await expect(createMachine(optionsOf(world), { ...world.context, signal })).rejects.toSatisfy(
      (error) => isMachineError(error, "ERR_ABORTED"),
    );
    expect(world.events).toEqual([]);
    expect(await listMachines(world.context)).toEqual([]);
  });

  it.each<[string, (machine: Machine, world: World, signal: AbortSignal) => Promise<unknown>]>([
    ["stop", (machine, _, signal) => machine.stop({ signal })],
    ["kill", (machine, _, signal) => machine.kill({ signal })],
    ["remove", (machine, _, signal) => machine.remove({ signal })],
    ["removeMachine", (_, { context }, signal) => removeMachine("c1", { ...context, signal })],
    [
      "updateMachine",
      (_, { context }, signal) => updateMachine("c1", { cpus: 7 }, { ...context, signal }),
    ],
  ])("a signal that aborted before %s: the machine stays as it is", async (_what, operate) => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const changed = operate(machine, world, AbortSignal.abort());
    await expect(changed).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const [found] = await listMachines(world.context);
    expect(found).toMatchObject({ state: "Stopped", cpus: 2 });
  });
});
