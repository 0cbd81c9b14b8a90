import type { CommandDefinition } from "../command-line/types.js";
import { ALL, NAME, NAMES } from "./options.js";

/** What only looks. */
export const lookCommands: readonly CommandDefinition[] = [
  {
    name: "list",
    aliases: ["ls"],
    summary: "list machines",
    options: [{ name: "names", summary: "names only, one a line" }],
    examples: ["vfm list", "vfm list --names", "vfm list --json | jq -r '.[].name'"],
    schema: "list",
    load: async () => (await import("../commands/list.js")).list,
  },
  {
    name: "status",
    summary: "print the state of machines",
    description: `One of Running, Paused, Starting, Stopping, Stopped and Error. The exit code is
0 whatever the state.`,
    arguments: NAMES,
    options: [
      ALL,
      { name: "timeline", summary: "draw the last start, step by step" },
      {
        name: "svg",
        value: "FILE",
        summary: "with --timeline: also draw it into an SVG file",
        complete: "file",
      },
    ],
    examples: [
      "vfm status c1",
      "vfm status c1 --timeline",
      "vfm status --timeline --svg start.svg",
    ],
    schema: "status",
    load: async () => (await import("../commands/status.js")).status,
  },
  {
    name: "inspect",
    summary: "print all that is known of a machine, as JSON",
    arguments: NAME,
    examples: ["vfm inspect c1", "vfm inspect c1 | jq -r .ssh.keyPath"],
    schema: "inspect",
    load: async () => (await import("../commands/inspect.js")).inspect,
  },
  {
    name: "ip",
    summary: "print the address of a running machine",
    arguments: NAME,
    examples: ["ping $(vfm ip c1)"],
    schema: "ip",
    load: async () => (await import("../commands/address.js")).ip,
  },
  {
    name: "url",
    summary: "print the Docker address of a machine; empty when it does not run",
    arguments: NAME,
    examples: ["vfm url c1"],
    schema: "url",
    load: async () => (await import("../commands/address.js")).url,
  },
  {
    name: "logs",
    summary: "print what a machine's guest or its processes wrote",
    description: `The serial log is the guest's console. On Intel Macs it stays empty: the kernel
writes to a serial port that vfkit does not have.`,
    arguments: NAME,
    options: [
      { name: "serial", summary: "the guest's console (this is the default)" },
      { name: "vfkit", summary: "what vfkit wrote" },
      { name: "helper", summary: "what vmnet-helper wrote" },
      { name: "follow", short: "f", summary: "go on as the log grows, until Ctrl-C" },
      {
        name: "lines",
        short: "n",
        value: "N",
        summary: "only the last lines",
        default: "all",
        complete: "nothing",
      },
    ],
    examples: ["vfm logs c1", "vfm logs c1 --vfkit -n 20", "vfm logs c1 -f"],
    load: async () => (await import("../commands/logs.js")).logs,
  },
];
