import type { CliContext, GlobalOptions } from "./cli-context.js";
import { flag, text } from "./command-line/options.js";
import { parseCommandLine } from "./command-line/parse.js";
import type { CommandDefinition, ParsedOptions } from "./command-line/types.js";
import { COMMAND_GROUPS, COMMANDS, GLOBAL_OPTIONS } from "./definitions/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import type { Terminal } from "./terminal.js";
import { readVersion } from "./version.js";

/** Everything that the program needs from outside. */
export interface ProgramEnvironment {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/**
 * Runs one command line. A command's code is loaded only when it runs.
 *
 * @returns the exit code
 * @throws UsageError and whatever the command throws
 */
export async function runProgram(
  argv: readonly string[],
  { terminal, signal }: ProgramEnvironment,
): Promise<number> {
  const [first = "", ...words] = argv;
  if (first === "__complete" || first === "__complete-next") {
    const { printOffer } = await import("./commands/complete.js");
    return printOffer(terminal, first === "__complete" ? words : [...words, ""]);
  }
  const { command, args, options, globals } = parseCommandLine(argv, COMMANDS, GLOBAL_OPTIONS);
  if (flag(globals, "version")) {
    terminal.result(`vfm ${readVersion()}`);
    return EXIT.ok;
  }
  if (flag(globals, "help")) {
    terminal.result(await helpFor(command));
    return EXIT.ok;
  }
  if (command === undefined) {
    if (!flag(globals, "json")) terminal.note(`${await helpFor(undefined)}\n`);
    throw new UsageError("no command", "vfm create --iso minikube makes the first machine.");
  }
  const cli: CliContext = {
    terminal,
    globals: globalsOf(globals),
    signal,
    get sudo() {
      return terminal.answers && terminal.interactive ? "ask" : "never";
    },
  };
  const action = await command.load();
  try {
    return await action(cli, args, options);
  } catch (error) {
    throw withPointer(error, command);
  }
}

/** Wrong use without a hint of its own: the command's help says what is right. */
function withPointer(error: unknown, { name }: CommandDefinition): unknown {
  if (!(error instanceof UsageError) || error.hint !== undefined) return error;
  return new UsageError(error.message, `See vfm ${name} --help.`);
}

/** The help of a command, or of the program. */
export async function helpFor(command: CommandDefinition | undefined): Promise<string> {
  const { commandHelp, programHelp } = await import("./command-line/help.js");
  return command === undefined
    ? programHelp(COMMAND_GROUPS, GLOBAL_OPTIONS)
    : commandHelp(command, GLOBAL_OPTIONS);
}

function globalsOf(options: ParsedOptions): GlobalOptions {
  return {
    json: flag(options, "json"),
    quiet: flag(options, "quiet"),
    debug: flag(options, "debug"),
    store: text(options, "store"),
  };
}
