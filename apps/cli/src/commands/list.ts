import { listMachines, type MachineSummary } from "@vfkit-machine/driver";
import { stripControlCharacters } from "@vfkit-machine/host";
import { driverContext } from "../cli-context.js";
import { EXIT } from "../exit-codes.js";
import type { Action } from "../program.js";
import { formatSizeMiB } from "../sizes.js";
import { formatTable } from "../table.js";

export const list: Action = async (cli, _args, options) => {
  const { context } = await driverContext(cli, { named: false });
  const machines = await listMachines({ ...context, signal: cli.signal });
  const { terminal } = cli;
  if (cli.globals.json === true) terminal.result(JSON.stringify(machines.map(toJson), null, 2));
  else if (options["names"] === true) {
    for (const machine of machines) terminal.result(machine.name);
  } else if (machines.length === 0) {
    terminal.note("There are no machines. Make one with: vfm create --iso FILE");
  } else terminal.result(formatTable(HEADER, machines.map(toRow)));
  for (const machine of machines) {
    if (machine.error !== undefined) {
      terminal.note(`warning: ${machine.name}: ${stripControlCharacters(machine.error)}`);
    }
  }
  return EXIT.ok;
};

const HEADER = ["NAME", "STATE", "NETWORK", "IP", "CPUS", "MEMORY", "DISK"];

function toRow(machine: MachineSummary): readonly string[] {
  return [
    machine.name,
    machine.state,
    machine.network ?? "-",
    machine.ip ?? "-",
    machine.cpus === undefined ? "-" : String(machine.cpus),
    formatSize(machine.memoryMiB),
    formatSize(machine.diskSizeMiB),
  ];
}

/** Every key is always there: null where nothing is known. */
function toJson(machine: MachineSummary): Readonly<Record<string, unknown>> {
  return {
    name: machine.name,
    state: machine.state,
    network: machine.network ?? null,
    ip: machine.ip ?? null,
    cpus: machine.cpus ?? null,
    memoryMiB: machine.memoryMiB ?? null,
    diskSizeMiB: machine.diskSizeMiB ?? null,
    createdAt: machine.createdAt ?? null,
    error: machine.error ?? null,
  };
}

function formatSize(sizeMiB: number | undefined): string {
  return sizeMiB === undefined ? "-" : formatSizeMiB(sizeMiB);
}
