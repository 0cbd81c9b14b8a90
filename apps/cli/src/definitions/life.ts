import type { CommandDefinition } from "../command-line/types.js";
import { ALL, GRACE, NAME, NAMES, TIMEOUT } from "./options.js";

/** What changes a machine that exists. */
export const lifeCommands: readonly CommandDefinition[] = [
  {
    name: "start",
    summary: "start machines and wait until SSH answers",
    arguments: NAMES,
    options: [ALL, TIMEOUT],
    examples: ["vfm start", "vfm start c1 c2", "vfm start --all"],
    schema: "start",
    load: async () => (await import("../commands/start.js")).start,
  },
  {
    name: "stop",
    summary: "shut machines down",
    description: `Presses the power button; a guest that does not shut down in time loses its
power. A machine that is stopped already stays so, and that is a success.`,
    arguments: NAMES,
    options: [ALL, GRACE],
    examples: ["vfm stop c1 c2", "vfm stop --all --grace 60"],
    schema: "stop",
    load: async () => (await import("../commands/stop.js")).stop,
  },
  {
    name: "kill",
    summary: "cut the power of machines",
    arguments: NAMES,
    options: [ALL],
    examples: ["vfm kill c1"],
    schema: "stop",
    load: async () => (await import("../commands/stop.js")).kill,
  },
  {
    name: "restart",
    summary: "stop machines and start them again",
    arguments: NAMES,
    options: [ALL, GRACE, TIMEOUT],
    examples: ["vfm restart c1", "vfm restart --all"],
    schema: "restart",
    load: async () => (await import("../commands/start.js")).restart,
  },
  {
    name: "pause",
    summary: "halt the CPUs of running machines",
    arguments: NAMES,
    options: [ALL],
    examples: ["vfm pause c1"],
    schema: "state",
    load: async () => (await import("../commands/pause.js")).pause,
  },
  {
    name: "resume",
    summary: "let paused machines go on, with their clock set",
    arguments: NAMES,
    options: [ALL],
    examples: ["vfm resume c1"],
    schema: "state",
    load: async () => (await import("../commands/pause.js")).resume,
  },
  {
    name: "set",
    summary: "change a stopped machine: CPUs, memory, size of the data disk",
    description: `A disk only grows. The guest sees the larger disk at its next start; a guest of
the boot2docker kind does not grow its file system by itself.`,
    arguments: NAME,
    options: [
      { name: "cpus", value: "N", summary: "virtual CPUs", complete: "nothing" },
      { name: "memory", value: "SIZE", summary: "memory, as in 4GiB", complete: "nothing" },
      { name: "disk", value: "SIZE", summary: "new size of the data disk", complete: "nothing" },
    ],
    examples: ["vfm set c1 --cpus 4 --memory 8GiB", "vfm set c1 --disk 40GiB"],
    schema: "set",
    load: async () => (await import("../commands/set.js")).set,
  },
  {
    name: "rm",
    aliases: ["delete"],
    summary: "remove machines with all they have, disks included",
    arguments: NAMES,
    options: [ALL, { name: "force", short: "f", summary: "also when it runs (its power is cut)" }],
    examples: ["vfm rm c1", "vfm rm --all --force"],
    schema: "rm",
    load: async () => (await import("../commands/remove.js")).remove,
  },
];
