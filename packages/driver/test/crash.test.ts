import { isMachineError } from "@vfkit-machine/host";
import { readFileSync, writeFileSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  createMachine,
  listMachines,
  openMachine,
  removeMachine,
  type DriverEvent,
} from "../src/index.js";
import { drive } from "./drive.js";
import { fastClock, openWorld, type World } from "./world.js";

type Type = DriverEvent["type"];
type Operation = "create" | "start" | "stop" | "restart" | "remove";

const EVENTS = fileURLToPath(new URL("../src/events.ts", import.meta.url));
const IS_ROOT = process.geteuid?.() === 0;
const MARK = "what the guest wrote";
const MARK_AT = 1024 * 1024;

const CHECK: readonly Type[] = [
  "check.started",
  "check.vfkit.found",
  "check.vmnet-helper.found",
  "check.done",
];
const MAKE: readonly Type[] = [
  "create.started",
  "create.iso.copied",
  "create.boot.extracted",
  "create.key.made",
  "create.disk.made",
  "create.extra-disk.made",
  "create.config.written",
];
const START: readonly Type[] = [
  "start.started",
  "start.helper.spawned",
  "start.helper.ready",
  "start.vfkit.spawned",
  "start.rest.ready",
  "start.vm.running",
  "start.lease.waiting",
  "start.lease.found",
  "start.ssh.waiting",
  "start.ssh.ready",
  "start.mount.done",
  "start.done",
];
const STOP: readonly Type[] = ["stop.started", "stop.requested"];
const STOPPED: readonly Type[] = ["stop.vm.exited", "stop.helper.stopped", "stop.done"];

/** A way through an operation, and the events at which it is killed. */
interface Way {
  readonly what: string;
  readonly operation: Operation;
  readonly kills: readonly Type[];
  /** Are these all the events on the way, or those that no other way has? */
  readonly whole?: boolean;
  /** After the machine is where the operation begins. @returns more variables for the killed program */
  readonly prepare?: (world: World) => Promise<Readonly<Record<string, string>>>;
  /** Do the variables hold when it is repeated, too? */
  readonly lasting?: boolean;
  readonly factor?: number;
}

const WAYS: readonly Way[] = [
  {
    what: "create",
    operation: "create",
    kills: [...CHECK, ...MAKE, ...START, "create.done"],
    whole: true,
  },
  { what: "start", operation: "start", kills: START, whole: true },
  { what: "stop", operation: "stop", kills: [...STOP, ...STOPPED], whole: true },
  { what: "restart", operation: "restart", kills: [...STOP, ...STOPPED, ...START], whole: true },
  {
    what: "remove",
    operation: "remove",
    kills: ["remove.started", "stop.started", "stop.killing", ...STOPPED, "remove.done"],
    whole: true,
  },
  {
    what: "start after a crash of the machine",
    operation: "start",
    kills: ["start.stale.removed"],
    prepare: async (world) => {
      await (await openMachine("c1", world.context)).start();
      await world.kill("--restful-uri", "SIGKILL");
      return {};
    },
  },
  {
    what: "start of a machine whose first boot was cut off",
    operation: "start",
    kills: ["start.disk.renewed"],
    prepare: async (world) => {
      await using disk = await open(join(world.storeDir, "machines/c1/disk.img"), "r+");
      await disk.write(Buffer.alloc(4096), 0, 4096, 0);
      return {};
    },
  },
  {
    what: "start that fails",
    operation: "start",
    kills: ["start.undone"],
    prepare: async () => ({ FAKE_VFKIT_FAULTS: "exit-at-once" }),
  },
  {
    what: "start with Rosetta",
    operation: "start",
    kills: ["start.rosetta.registered"],
    prepare: async (world) => {
      const path = join(world.storeDir, "machines/c1/config.json");
      const config: unknown = JSON.parse(await readFile(path, "utf8"));
      await writeFile(path, JSON.stringify({ ...(config as object), rosetta: true }));
      return {};
    },
  },
  {
    what: "start behind a firewall that blocks bootpd",
    operation: "start",
    kills: ["start.firewall.blocked", "start.firewall.unblocked"],
    prepare: async (world) => {
      const state = join(world.directory, "firewall.json");
      writeFileSync(state, JSON.stringify({ enabled: true, allowSigned: false, bootpd: "block" }));
      return { FAKE_FIREWALL_STATE: state };
    },
    lasting: true,
    factor: 5,
  },
  {
    what: "stop of a machine that does not obey",
    operation: "stop",
    kills: ["stop.terminating", "stop.killing"],
    prepare: async (world) => {
      const faults = { FAKE_VFKIT_FAULTS: "stop-500,ignores-sigterm" };
      const machine = await openMachine("c1", world.with(faults));
      await machine.restart();
      return {};
    },
    factor: 5,
  },
];

it("every type of event is one at which something is killed", () => {
  const source = readFileSync(EVENTS, "utf8");
  const types = [...source.matchAll(/^ {2}"([a-z][a-z.-]+)": /gm)].map(([, type]) => type);
  expect(types.length).toBeGreaterThan(30);
  expect([...new Set(WAYS.flatMap(({ kills }) => kills))].toSorted()).toEqual(types.toSorted());
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

/** With everything that makes an event. */
function optionsOf(world: World): ReturnType<World["options"]> {
  return world.options({
    network: "vmnet-shared",
    extraDiskSizesMiB: [1],
    mounts: [{ hostPath: world.directory, guestPath: "/mnt/a" }],
  });
}

async function expectTruth(world: World): Promise<void> {
  const alive = (await world.processes()).some(({ command }) => command.includes("--restful-uri"));
  const machines = await listMachines(world.context);
  expect(machines.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([]);
  const states = machines.map(({ state }) => state);
  const truth = alive ? [["Running"], ["Starting"]] : [[], ["Stopped"]];
  expect(truth).toContainEqual(states);
  for (const { name, state } of machines) {
    const now = await (await openMachine(name, world.context)).getState();
    // A vfkit whose start nobody finishes goes on by itself between two looks.
    expect(state === "Starting" ? ["Starting", "Running"] : [state]).toContain(now);
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
          expect(seen.at(-1)).toBe(type);
          await expectTruth(world);
          const context = world.with(lasting ? env : {}, { clock: fastClock(factor) });
          await repeat(world, operation, context);
          if (keepsDisk(way)) await expectMark(world);
          await removeMachine("c1", context).catch((error: unknown) => {
            if (!isMachineError(error, "ERR_MACHINE_NOT_FOUND")) throw error;
          });
          expect([type, await world.processes()]).toEqual([type, []]);
          expect([type, await world.leftovers()]).toEqual([type, []]);
        }
      },
      480_000,
    );
  }
});
