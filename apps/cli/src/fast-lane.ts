import { listQuietMachines } from "@vfkit-machine/driver/list";
import { writeList } from "./list-output.js";
import { chooseStoreDir } from "./store-dir.js";
import type { Terminal } from "./terminal.js";
import { readVersion } from "./version.js";

const LIST_FLAGS: ReadonlySet<string> = new Set(["--json", "--names", "--quiet", "-q"]);

/**
 * The command lines that prompts, completions and scripts run all the time, without loading the
 * table of commands: parsing takes as long as listing a hundred machines. What is imported here is
 * bundled into one file with the program's entry (rolldown.config.mjs), so it must stay small.
 *
 * @returns undefined for any other command line, and for machines that need a closer look; these too
 *   mean the same when they are parsed
 */
export async function runFastLane(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number | undefined> {
  const [first = "", ...flags] = argv;
  if (flags.length === 0 && (first === "--version" || first === "-V")) {
    terminal.result(`vfm ${readVersion()}`);
    return 0;
  }
  if ((first !== "list" && first !== "ls") || !flags.every((each) => LIST_FLAGS.has(each))) {
    return undefined;
  }
  const machines = await listQuietMachines({ storeDir: chooseStoreDir(undefined) });
  if (machines === undefined) return undefined;
  writeList(terminal, machines, {
    json: flags.includes("--json"),
    names: flags.includes("--names"),
  });
  return 0;
}
