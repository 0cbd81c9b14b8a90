import type { MachineSummary } from "@vfkit-machine/driver";
import { formatSizeMiB } from "./format-size.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";

/** How a list of machines is wanted. */
export interface ListStyle {
  readonly json: boolean;
  /** Names only, one a line. */
  readonly names: boolean;
}

/** Writes what `vfm list` found; what is wrong with a machine is the caller's to tell. */
export function writeList(
  terminal: Terminal,
  machines: readonly MachineSummary[],
  { json, names }: ListStyle,
): void {
  if (json) terminal.result(JSON.stringify(machines.map(toJson), null, 2));
  else if (names) {
    for (const machine of machines) terminal.result(machine.name);
  } else if (machines.length === 0) {
    terminal.note("There are no machines. Make one with: vfm create --iso minikube");
  } else terminal.result(formatTable(HEADER, machines.map(toRow), terminal.columns));
}

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
