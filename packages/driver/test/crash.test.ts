import { isMachineError } from "@vfkit-machine/host";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { openWorld, type World } from "./world.js";

const DRIVE = fileURLToPath(new URL("fixtures/drive.mjs", import.meta.url));
const MARK = "what the guest wrote";
const MARK_AT = 1024 * 1024;

/** Runs an operation in a process that kills itself at this event. @returns the events that it saw */
async function drive(world: World, operation: string, event: string): Promise<string[]> {
  const { directory, storeDir, sshPort } = world;
  const settings = { directory, storeDir, sshPort, env: {}, options: optionsOf(world) };
  const result = await world.host.runner.run(
    process.execPath,
    [DRIVE, operation, event, JSON.stringify(settings)],
    { timeoutMs: 60_000 },
  );
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
}

/** Completes what was killed; refusing because it was complete already is complete, too. */
async function repeat(world: World, operation: string): Promise<void> {
  const { context } = world;
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
  expect(states).toEqual(operation === "remove" ? [] : [expected[operation as "create"]]);
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

/** Brings a world to where the operation begins. */
async function prepare(world: World, operation: string): Promise<void> {
  if (operation === "create") return;
  await createMachine({ ...optionsOf(world), start: operation !== "start" }, world.context);
  await mark(world);
}

// Every event of every operation: some 80 kills, about a minute on two cores.
describe.concurrent.each(["create", "start", "stop", "restart", "remove"])(
  "%s, killed at each of its steps",
  (operation) => {
    let types: string[] = [];
    beforeAll(async () => {
      await using world = await openWorld();
      await prepare(world, operation);
      types = await drive(world, operation, "none");
      if (operation !== "remove") await removeMachine("c1", world.context);
    });

    it("leaves the truth, can be repeated, keeps the disk, and is removed whole", async () => {
      expect(types.length).toBeGreaterThan(4);
      for (const type of new Set(types)) {
        await using world = await openWorld();
        await prepare(world, operation);
        const seen = await drive(world, operation, type);
        expect(seen.at(-1)).toBe(type);
        await expectTruth(world);
        await repeat(world, operation);
        if (operation !== "remove" && operation !== "create") await expectMark(world);
        await removeMachine("c1", world.context).catch((error: unknown) => {
          if (!isMachineError(error, "ERR_MACHINE_NOT_FOUND")) throw error;
        });
        expect([type, await world.processes()]).toEqual([type, []]);
        expect([type, await world.leftovers()]).toEqual([type, []]);
      }
    }, 240_000);
  },
);
