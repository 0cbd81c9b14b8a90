import { listMachines, openMachine, type DriverContext, type Machine } from "@vfkit-machine/driver";
import { driverContext, storeDirOf, type CliContext } from "./cli-context.js";
import { EXIT, exitCodeOf, UsageError } from "./exit-codes.js";
import { explainMissing } from "./missing-machine.js";
import { DEFAULT_NAME } from "./open-named.js";
import { errorToJson, renderError } from "./render-error.js";

/** What a command leaves for one machine. */
export interface MachineReport {
  /** One or more lines for a person; empty prints nothing. */
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** {@link forEachName} with each machine opened. */
export async function forEachMachine(
  cli: CliContext,
  names: readonly string[],
  all: boolean,
  work: (machine: Machine, context: DriverContext) => Promise<MachineReport>,
): Promise<number> {
  return forEachName(cli, names, all, async (name, context) =>
    work(await openMachine(name, context), context),
  );
}

/**
 * Does the same to several machines at once and prints a result for each. One that fails does not
 * keep the others from going on.
 *
 * @returns the exit code: that of the first failure in the order of the names
 */
export async function forEachName(
  cli: CliContext,
  names: readonly string[],
  all: boolean,
  work: (name: string, context: DriverContext) => Promise<MachineReport>,
): Promise<number> {
  const chosen = await chooseNames(cli, names, all);
  if (chosen.length === 0 && !cli.globals.json) cli.terminal.note("There are no machines.");
  const { context, reporter } = await driverContext(cli, { named: chosen.length > 1 });
  const outcomes = await Promise.all(
    chosen.map(async (name) => {
      try {
        return { name, report: await work(name, context) };
      } catch (error) {
        return { name, error: await explainMissing(error, name, storeDirOf(cli)) };
      }
    }),
  );
  reporter.end();
  let exitCode: number = EXIT.ok;
  for (const outcome of outcomes) {
    if (!("error" in outcome)) continue;
    if (exitCode === EXIT.ok) exitCode = exitCodeOf(outcome.error);
    const prefix = chosen.length > 1 ? `${outcome.name}: ` : "";
    if (cli.globals.json) continue;
    cli.terminal.note(`${prefix}${renderError(cli.terminal, outcome.error, cli.globals.debug)}`);
  }
  if (cli.globals.json) {
    const results = outcomes.map((outcome) => ({
      name: outcome.name,
      ...("error" in outcome ? errorToJson(outcome.error, cli.globals.debug) : outcome.report.json),
    }));
    cli.terminal.result(JSON.stringify(all || names.length > 1 ? results : results[0], null, 2));
  } else {
    for (const outcome of outcomes) {
      if ("report" in outcome && outcome.report.text !== "")
        cli.terminal.result(outcome.report.text);
    }
  }
  return exitCode;
}

async function chooseNames(
  cli: CliContext,
  names: readonly string[],
  all: boolean,
): Promise<readonly string[]> {
  if (!all) return names.length === 0 ? [DEFAULT_NAME] : [...new Set(names)];
  if (names.length > 0) throw new UsageError("give names or --all, not both");
  const { context } = await driverContext(cli, { named: false });
  return (await listMachines(context)).map((summary) => summary.name);
}
