import type { DriverContext } from "@vfkit-machine/driver";
import type { Logger } from "@vfkit-machine/host";
import type { Reporter } from "./reporter.js";
import { chooseStoreDir } from "./store-dir.js";
import type { Terminal } from "./terminal.js";

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly store: string | undefined;
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

/** Absolute path of the store. @throws MachineError `ERR_CHECK_STORE` */
export function storeDirOf({ globals }: CliContext): string {
  return chooseStoreDir(globals.store);
}

/** The driver's context for one command, with its progress on stderr. */
export async function driverContext(
  cli: CliContext,
  options: { readonly named: boolean },
): Promise<{ readonly context: DriverContext; readonly reporter: Reporter }> {
  const { terminal, globals } = cli;
  const [{ createHost }, { createReporter }, { createRecorder }] = await Promise.all([
    import("@vfkit-machine/host"),
    import("./reporter.js"),
    import("./last-start.js"),
  ]);
  const reporter = await createReporter(terminal, {
    json: globals.json,
    named: options.named,
    quiet: globals.quiet,
  });
  const host = createHost(globals.debug ? { logger: debugLogger(terminal, globals.json) } : {});
  const storeDir = storeDirOf(cli);
  const record = createRecorder(storeDir, host.logger);
  const onEvent: DriverContext["onEvent"] = (event) => {
    record(event);
    reporter.onEvent(event);
  };
  return { context: { host, storeDir, onEvent }, reporter };
}

function debugLogger(terminal: Terminal, json: boolean): Logger {
  const began = performance.now();
  const write =
    (level: string) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      const elapsedMs = performance.now() - began;
      const event = { type: `log.${level}`, machine: "", at: Date.now(), elapsedMs };
      const text = `${level}: ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`;
      // With --json every line of stderr is one of JSON, these too.
      terminal.note(json ? JSON.stringify({ ...event, data: { message, ...fields } }) : text);
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
