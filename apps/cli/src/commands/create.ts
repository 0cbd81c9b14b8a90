import { createMachine, planMachine } from "@vfkit-machine/driver";
import { quoteArgv } from "@vfkit-machine/host";
import { driverContext } from "../cli-context.js";
import { flag, secondsMs, text } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { checkBeforeDownload } from "../check-before-download.js";
import { createOptions } from "../create-options.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { obtainIso } from "../iso/obtain-iso.js";
import type { MachineFile } from "../machine-file.js";
import { DEFAULT_NAME } from "../open-named.js";

export const create: Action = async (cli, args, options) => {
  const { terminal, globals, signal } = cli;
  const timeoutMs = secondsMs(options, "timeout", 300);
  const file = await readFile(text(options, "file"));
  const [given] = args;
  if (given !== undefined && file.name !== undefined && given !== file.name) {
    throw new UsageError(
      `the name is ${given} here and ${file.name} in the file`,
      "Leave one out.",
    );
  }
  const name = given ?? file.name ?? DEFAULT_NAME;
  const wanted = createOptions(name, options, file);
  const { context, reporter } = await driverContext(cli, { named: false });
  try {
    const operation = { signal, sudo: cli.sudo, timeoutMs };
    const iso = await obtainIso(cli, wanted.iso, {
      machine: name,
      onEvent: reporter.onEvent,
      beforeDownload: async () => {
        // Silent: the same is checked again, and told, once the ISO is here.
        const { onEvent: _, ...quiet } = context;
        await checkBeforeDownload(wanted, { ...quiet, ...operation });
      },
    });
    if (flag(options, "dry-run")) {
      const plan = await planMachine({ ...wanted, iso }, { ...context, ...operation });
      reporter.end();
      terminal.result(
        globals.json
          ? JSON.stringify({ argv: plan.argv, config: plan.config }, null, 2)
          : quoteArgv(plan.argv),
      );
      return EXIT.ok;
    }
    const starts = !flag(options, "no-start");
    const machine = await createMachine(
      { ...wanted, iso, start: starts },
      { ...context, ...operation },
    );
    const state = await machine.getState({ signal });
    const ip = starts ? await machine.getIP({ signal }) : null;
    reporter.end();
    terminal.result(
      globals.json
        ? JSON.stringify({ name, state, ip, directory: machine.directory }, null, 2)
        : starts
          ? `${name} is running at ${ip}`
          : `${name} is created`,
    );
    return EXIT.ok;
  } finally {
    reporter.end();
  }
};

async function readFile(path: string | undefined): Promise<MachineFile> {
  if (path === undefined) return {};
  // Only here: YAML and its schema take longer to load than most commands to run.
  const { readMachineFile } = await import("../machine-file.js");
  return readMachineFile(path);
}
