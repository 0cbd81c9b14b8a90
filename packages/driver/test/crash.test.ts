import { isMachineError } from "@vfkit-machine/host";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { SPAWNS, WAYS, type Operation, type Way } from "./crash-ways.js";
import { drive } from "./drive.js";
import { everyType, optionsOf, START } from "./event-lists.js";
import { fastClock, openWorld, type World } from "./world.js";

const IS_ROOT = process.geteuid?.() === 0;
const MARK = "what the guest wrote";
const MARK_AT = 1024 * 1024;

it("every type of event is one at which something is killed", () => {
  const types = everyType();
  expect(types.length).toBeGreaterThan(30);
  const killedAt = new Set(WAYS.flatMap(({ kills }) => kills));
  expect([...killedAt].toSorted()).toEqual([...types, ...SPAWNS].toSorted());
});

/** Runs an operation in a process that kills itself at this event. @returns the events that it saw */
async function killAt(
  world: World,
  { operation, factor }: Way,
  event: string,
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const options = optionsOf(world);
  const result = await drive(world, { operation, event, options, env, factor });
  expect([operation, event, result.signal, result.exitCode, result.stderr]).toEqual(
    event === "none"
      ? [operation, event, undefined, 0, ""]
      : [operation, event, "SIGKILL", undefined, ""],
  );
  return result.stdout.trim().split("\n");
}

/**
 * What is said is so. A vfkit goes on by itself between two looks: nobody has to finish its start for
 * it to run, nor its stop for it to end.
 */
async function expectTruth(world: World): Promise<void> {
  const isAlive = async (): Promise<boolean> =>
    (await world.processes()).some(({ command }) => command.includes("--restful-uri"));
  const before = await isAlive();
  const machines = await listMachines(world.context);
  const later = await Promise.all(
    machines.map(async ({ name }) => (await openMachine(name, world.context)).getState()),
  );
  const after = await isAlive();
  expect(machines.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([]);
  const states = machines.map(({ state }) => state);
  const way = [...(before ? ["Starting", "Running"] : []), ...(after ? [] : ["Stopped"])];
  expect([...way.map((state) => [state]), ...(after ? [] : [[]])]).toContainEqual(states);
  for (const [index, state] of states.entries()) {
    expect(way.slice(way.indexOf(state))).toContain(later[index]);
  }
}

/** Completes what was killed; refusing because it was complete already is complete, too. */
async function repeat(
  world: World,
  operation: Operation,
  context: World["context"],
): Promise<void> {
  try {
    if (operation === "create") await createMachine(optionsOf(world), context);
    else if (operation === "remove") await removeMachine("c1", context);
    else {
      const machine = await openMachine("c1", context);
      if (operation === "start") await machine.start();
      if (operation === "stop") await machine.stop();
      if (operation === "restart") await machine.restart();
    }
  } catch (error) {
    const complete = ["ERR_MACHINE_EXISTS", "ERR_ALREADY_RUNNING", "ERR_MACHINE_NOT_FOUND"];
    if (!isMachineError(error, ...complete)) throw error;
  }
  const expected = { create: "Running", start: "Running", restart: "Running", stop: "Stopped" };
  const states = (await listMachines(context)).map(({ state }) => state);
  expect(states).toEqual(operation === "remove" ? [] : [expected[operation]]);
}

async function mark(world: World): Promise<void> {
  await using disk = await open(join(world.storeDir, "machines/c1/disk.img"), "r+");
  await disk.write(MARK, MARK_AT);
}

async function expectMark(world: World): Promise<void> {
  await using disk = await open(join(world.storeDir, "machines/c1/disk.img"), "r");
  const { buffer } = await disk.read(Buffer.alloc(MARK.length), 0, MARK.length, MARK_AT);
  expect(buffer.toString()).toBe(MARK);
}

/** Brings a world to where the operation begins. @returns more variables for the killed program */
async function prepare(world: World, way: Way): Promise<Readonly<Record<string, string>>> {
  if (way.operation !== "create") {
    const start = way.operation !== "start";
    await createMachine({ ...optionsOf(world), start }, world.context);
  }
  const env = (await way.prepare?.(world)) ?? {};
  if (way.operation !== "create") await mark(world);
  return env;
}

/** A disk that is made anew was half formatted: there was nothing on it. */
const keepsDisk = ({ operation, kills }: Way): boolean =>
  operation !== "remove" && operation !== "create" && !kills.includes("start.disk.renewed");

const needsRoot = ({ kills }: Way): boolean => kills.includes("start.firewall.unblocked");

/** What a world has of itself; anything else beside the store is a temporary file that stayed. */
const OF_THE_WORLD = new Set(["b2d.iso", "dhcpd_leases", "firewall.json", "guest-commands", "s"]);

async function expectRemovedWhole(
  world: World,
  type: string,
  context: World["context"],
): Promise<void> {
  await removeMachine("c1", context).catch((error: unknown) => {
    if (!isMachineError(error, "ERR_MACHINE_NOT_FOUND")) throw error;
  });
  expect([type, await world.processes()]).toEqual([type, []]);
  expect([type, await world.leftovers()]).toEqual([type, []]);
  const beside = (await readdir(world.directory)).filter((name) => !OF_THE_WORLD.has(name));
  expect([type, beside]).toEqual([type, []]);
}

// Every event of every operation: some 90 kills, about a minute on two cores.
describe.concurrent("killed at each of its steps", () => {
  for (const way of WAYS) {
    const { what, operation, kills, whole = false, lasting = false, factor = 1 } = way;
    const why = needsRoot(way) ? " (needs root, to change the firewall)" : "";
    it.skipIf(needsRoot(way) && !IS_ROOT)(
      `${what} leaves the truth, can be repeated, keeps the disk, and is removed whole${why}`,
      async () => {
        if (whole) {
          await using world = await openWorld();
          const seen = await killAt(world, way, "none", await prepare(world, way));
          expect([...new Set(seen)].toSorted()).toEqual(kills.toSorted());
        }
        for (const type of kills) {
          await using world = await openWorld();
          const env = await prepare(world, way);
          const seen = await killAt(world, way, type, env);
          if (!type.startsWith("spawn ")) expect(seen.at(-1)).toBe(type);
          await expectTruth(world);
          const context = world.with(lasting ? env : {}, { clock: fastClock(factor) });
          await repeat(world, operation, context);
          if (keepsDisk(way)) await expectMark(world);
          await expectRemovedWhole(world, type, context);
        }
      },
      480_000,
    );
  }

  it.each(["create", "start"] as const)(
    "%s is also removed whole without being repeated",
    async (operation) => {
      const way: Way = { what: operation, operation, kills: [...SPAWNS, ...START] };
      for (const type of way.kills) {
        await using world = await openWorld();
        const seen = await killAt(world, way, type, await prepare(world, way));
        expect(seen).toContain("start.started");
        await expectRemovedWhole(world, type, world.context);
      }
    },
    240_000,
  );
});
