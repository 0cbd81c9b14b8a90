import { isMachineError } from "@vfkit-machine/host";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  updateMachine,
  type Machine,
} from "../src/index.js";
import { abortingAt, countedClock } from "./aborting.js";
import { WAYS } from "./crash-ways.js";
import { CHECK, everyType, MAKE, optionsOf, START, type EventType } from "./event-lists.js";
import { openWorld, type World } from "./world.js";

const CHECK_AND_CREATE = [...CHECK, ...MAKE];
/** Those after which there is still something to abort. */
const STARTING = START.filter((type) => type !== "start.done");
/** Those that only a start in particular circumstances emits. */
const RARE = WAYS.filter(({ what, whole }) => what.startsWith("start ") && whole !== true).flatMap(
  ({ kills, ...way }) =>
    kills.flatMap((type) =>
      type.startsWith("start.") && type !== "start.undone"
        ? [{ ...way, type: type as EventType }]
        : [],
    ),
);
const IS_ROOT = process.geteuid?.() === 0;

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
    const aborted = [...CHECK_AND_CREATE, ...START, ...RARE.map(({ type }) => type)];
    const all = everyType().filter((type) => /^(?:check|create|start)\./.test(type));
    // After these nothing is left to abort.
    expect([...aborted, "create.done", "start.undone"].toSorted()).toEqual(all.toSorted());
  });

  for (const { what, type, prepare, factor } of RARE) {
    const needsRoot = type === "start.firewall.unblocked";
    it.skipIf(needsRoot && !IS_ROOT)(
      `${what}, aborted at ${type}, leaves the machine as it was${needsRoot ? " (needs root, to change the firewall)" : ""}`,
      async () => {
        await using world = await openWorld();
        await createMachine({ ...optionsOf(world), start: false }, world.context);
        const env = (await prepare?.(world)) ?? {};
        const { context, undoneInMs } = abortingAt(world, type, env, factor);
        const machine = await openMachine("c1", context);
        const { signal } = context;
        await expect(machine.start({ signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
        expect(undoneInMs()).toBeLessThan(5_000);
        expect(await world.processes()).toEqual([]);
        expect(await machine.getState()).toBe("Stopped");
        await machine.start();
        expect(await machine.getState()).toBe("Running");
      },
    );
  }

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

  it.each(CHECK_AND_CREATE)(
    "create without a start, aborted at %s, leaves nothing",
    async (type) => {
      await using world = await openWorld();
      const { context } = abortingAt(world, type);
      const options = { ...optionsOf(world), start: false };
      await expect(createMachine(options, context)).rejects.toMatchObject({ code: "ERR_ABORTED" });
      expect(await world.leftovers()).toEqual([]);
    },
  );

  it("nothing is copied or unpacked any more once it is given up", async () => {
    await using world = await openWorld();
    const { context } = abortingAt(world, "create.started");
    await expect(createMachine(optionsOf(world), context)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    // A clone of the image takes no time, and is not asked whether it may.
    const made = world.events.filter(
      ({ type, data }) =>
        ["create.boot.extracted", "create.disk.made", "create.extra-disk.made"].includes(type) ||
        ("cloned" in data && !data.cloned),
    );
    expect(made).toEqual([]);
  });

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

  it.each<[string, EventType, string]>([
    ["a helper that never says that it is up", "start.helper.spawned", "helper hang"],
    ["a helper that never makes its socket", "start.helper.spawned", "helper no-socket"],
    ["a vfkit that never listens", "start.vfkit.spawned", "vfkit never-listens"],
    ["a vfkit that never answers", "start.vfkit.spawned", "vfkit rest-hangs"],
    ["a vfkit that never runs its guest", "start.rest.ready", "vfkit never-runs"],
    ["a lease that does not come", "start.lease.waiting", "vfkit no-lease"],
    ["an SSH that is silent", "start.ssh.waiting", "vfkit ssh-silent"],
    ["an SSH that is closed", "start.ssh.waiting", "vfkit ssh-closed"],
    ["a guest that never has written its disk", "start.ssh.waiting", "vfkit hangs-at=sync"],
    ["a guest that never has mounted", "start.ssh.ready", "vfkit hangs-at=mount"],
  ])("also while it waits for %s", async (_what, type, words) => {
    await using world = await openWorld();
    const [program = "", fault = ""] = words.split(" ");
    const { context, undoneInMs } = abortingAt(world, type, {
      [`FAKE_${program.toUpperCase()}_FAULTS`]: fault,
    });
    const { clock, waits } = countedClock();
    const host = { ...context.host, clock };
    await expect(createMachine(optionsOf(world), { ...context, host })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(undoneInMs()).toBeLessThan(5_000);
    // What still waited would keep the program from ending.
    await vi.waitFor(() => expect(waits()).toBe(0));
    expect(await world.processes()).toEqual([]);
    expect(await world.leftovers()).toEqual([]);
  });

  it("the short directory of a long store's sockets goes as well", async () => {
    await using world = await openWorld();
    const storeDir = join(world.directory, "x".repeat(90));
    const { context } = abortingAt(world, "start.vm.running");
    await expect(createMachine(optionsOf(world), { ...context, storeDir })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    const spawned = world.events.find(({ type }) => type === "start.vfkit.spawned");
    expect(JSON.stringify(spawned)).toContain(`${world.directory}/vfm-`);
    const beside = await readdir(world.directory);
    expect(beside.filter((name) => name.startsWith("vfm-"))).toEqual([]);
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

// Alone: most of the 5 s is patience here, and the others would have the rest.
describe("an abort is obeyed within 5 s, be it by SIGKILL", () => {
  it("when neither vfkit nor helper obeys at all", async () => {
    await using world = await openWorld();
    const { context, undoneInMs } = abortingAt(world, "start.vm.running", {
      FAKE_VFKIT_FAULTS: "ignores-stop,ignores-sigterm",
      FAKE_HELPER_FAULTS: "ignores-sigterm",
    });
    await expect(createMachine(optionsOf(world), context)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(undoneInMs()).toBeLessThan(5_000);
    expect(await world.processes()).toEqual([]);
  });
});
