import type { CliContext } from "./cli-context.js";
import type { Terminal } from "./terminal.js";

const LIST_FLAGS: ReadonlySet<string> = new Set(["--json", "--names", "--quiet", "-q"]);

/**
 * The command lines that prompts, completions and scripts run all the time, without loading the
 * table of commands: parsing takes as long as listing a hundred machines.
 *
 * @returns undefined for any other command line; these too mean the same when they are parsed
 */
export async function runFastLane(
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number | undefined> {
  const [first = "", ...flags] = argv;
  if (flags.length === 0 && (first === "--version" || first === "-V")) {
    const { readVersion } = await import("./version.js");
    terminal.result(`vfm ${readVersion()}`);
    return 0;
  }
  if ((first !== "list" && first !== "ls") || !flags.every((each) => LIST_FLAGS.has(each))) {
    return undefined;
  }
  const json = flags.includes("--json");
  const globals = { json, quiet: true, debug: false, store: undefined };
  const cli: CliContext = { terminal, globals, signal, sudo: "never" };
  const { list } = await import("./commands/list.js");
  return list(cli, [], flags.includes("--names") ? { names: true } : {});
}
