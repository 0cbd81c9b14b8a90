import { updateMachine } from "@vfkit-machine/driver";
import { driverContext, storeDirOf } from "../cli-context.js";
import { text, wholeNumber } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { explainMissing } from "../missing-machine.js";
import { DEFAULT_NAME } from "../open-named.js";
import { formatSizeMiB } from "../format-size.js";
import { parseSizeMiB } from "../sizes.js";

export const set: Action = async (cli, args, options) => {
  const name = args[0] ?? DEFAULT_NAME;
  const sizeOf = (option: string): number | undefined => {
    const size = text(options, option);
    return size === undefined ? undefined : parseSizeMiB(`--${option}`, size);
  };
  const changes = {
    cpus: wholeNumber(options, "cpus"),
    memoryMiB: sizeOf("memory"),
    diskSizeMiB: sizeOf("disk"),
  };
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new UsageError("nothing to change", "Give --cpus, --memory or --disk.");
  }
  const { context } = await driverContext(cli, { named: false });
  const { config } = await updateMachine(name, changes, { ...context, signal: cli.signal }).catch(
    async (error: unknown) => {
      throw await explainMissing(error, name, storeDirOf(cli));
    },
  );
  const { cpus, memoryMiB, diskSizeMiB } = config;
  cli.terminal.result(
    cli.globals.json
      ? JSON.stringify({ name, cpus, memoryMiB, diskSizeMiB }, null, 2)
      : `${name} has ${cpus} CPUs, ${formatSizeMiB(memoryMiB)} of memory and a disk of ${formatSizeMiB(diskSizeMiB)}`,
  );
  return EXIT.ok;
};
