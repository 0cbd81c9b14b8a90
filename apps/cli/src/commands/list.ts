import type { MachineSummary } from "@vfkit-machine/driver";
import { listMachines } from "@vfkit-machine/driver/list";
import { storeDirOf } from "../cli-context.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { EXIT } from "../exit-codes.js";
import { formatSizeMiB } from "../sizes.js";
import { formatTable } from "../table.js";

export const list: Action = async (cli, _args, options) => {
  const { terminal, globals, signal } = cli;
  const machines = await listMachines({ storeDir: storeDirOf(cli), signal });
  if (globals.json) terminal.result(JSON.stringify(machines.map(toJson), null, 2));
  else if (flag(options, "names")) {
    for (const machine of machines) terminal.result(machine.name);
  } else if (machines.length === 0) {
    terminal.note("There are no machines. Make one with: vfm create --iso minikube");
  } else terminal.result(formatTable(HEADER, machines.map(toRow), terminal.columns));
  for (const { name, error } of machines) {
    if (error === undefined || globals.json) continue;
    const { stripControlCharacters } = await import("@vfkit-machine/host/text");
    terminal.note(`warning: ${name}: ${stripControlCharacters(error)}`);
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
