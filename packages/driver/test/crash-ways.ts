import { writeFileSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openMachine } from "../src/index.js";
import { CHECK, MAKE, START, STOP, STOPPED, type EventType } from "./event-lists.js";
import type { World } from "./world.js";

export type Operation = "create" | "start" | "stop" | "restart" | "remove";

/** Between an event and the next: a process is there, and nothing says so yet. */
export const SPAWNS = ["spawn vmnet-helper", "spawn vfkit"] as const;

/** A way through an operation, and the events at which it is killed. */
export interface Way {
  readonly what: string;
  readonly operation: Operation;
  readonly kills: readonly (EventType | (typeof SPAWNS)[number])[];
  /** Are these all the events on the way, or those that no other way has? */
  readonly whole?: boolean;
  /** After the machine is where the operation begins. @returns more variables for the killed program */
  readonly prepare?: (world: World) => Promise<Readonly<Record<string, string>>>;
  /** Do the variables hold when it is repeated, too? */
  readonly lasting?: boolean;
  readonly factor?: number;
}

export const WAYS: readonly Way[] = [
  {
    what: "create",
    operation: "create",
    kills: [...CHECK, ...MAKE, ...START, "create.done"],
    whole: true,
  },
  { what: "start", operation: "start", kills: START, whole: true },
  {
    what: "create between spawning and recording a process",
    operation: "create",
    kills: SPAWNS,
  },
  { what: "start between spawning and recording a process", operation: "start", kills: SPAWNS },
  { what: "restart between spawning and recording a process", operation: "restart", kills: SPAWNS },
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
