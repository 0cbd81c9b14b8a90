import type { DriverContext } from "@vfkit-machine/driver";
import { createHost, type Logger } from "@vfkit-machine/host";
import { createReporter, type Reporter } from "./reporter.js";
import type { Terminal } from "./terminal.js";

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly store?: string;
}

/** What a command gets beside its own arguments. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly globals: GlobalOptions;
  /** Aborts at Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** May sudo ask the person at this terminal for a password? */
  readonly sudo: "never" | "ask";
}

/** The driver's context for one command, with its progress on stderr. */
export async function driverContext(
  cli: CliContext,
  options: { readonly named: boolean },
): Promise<{ readonly context: DriverContext; readonly reporter: Reporter }> {
  const { terminal, globals } = cli;
  const reporter = await createReporter(terminal, {
    json: globals.json === true,
    named: options.named,
    quiet: globals.quiet === true,
  });
  const context: DriverContext = {
    host: createHost(globals.debug === true ? { logger: debugLogger(terminal) } : {}),
    onEvent: (event) => reporter.onEvent(event),
    ...(globals.store === undefined ? {} : { storeDir: globals.store }),
  };
  return { context, reporter };
}

function debugLogger(terminal: Terminal): Logger {
  const write =
    (level: string) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      terminal.note(
        `${level}: ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`,
      );
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
