import fc from "fast-check";
import { isMachineError } from "@vfkit-machine/host";
import {
  parseArgv,
  requiredVersion,
  toArgv,
  type VirtualMachine,
} from "@vfkit-machine/vfkit-config";
import { anyCommandLine, isPassable, mutated, touchesOwnDescriptors } from "./command-lines.js";
import { compare, type Bench } from "./compare.js";
import { anyMachine } from "./machines.js";
import { argvOf } from "./our-parser.js";
import type { Verdict } from "./real-parser.js";
import { NEWEST, type Version } from "./versions.js";

/** What the golden files of vfkit-config hold of a command line; see the README there. */
export interface Vector extends Verdict {
  readonly group: string;
  readonly argv: readonly string[];
  readonly beyond?: readonly string[];
}

const SEED = 640;
const SAMPLES = 40_000;
const LONGEST = 400;

/**
 * Out of many command lines, the shortest one for each thing that vfkit says of them: each kind of
 * error, each set of devices, each reason for which only we refuse.
 */
export async function findVectors(bench: Bench): Promise<Vector[]> {
  const found = new Map<string, Vector>();
  for (const argv of sample()) {
    const real = await bench.real.judge(argv);
    const comparison = await compare(argv, bench);
    if (comparison.kind === "difference") throw new Error(`different: ${JSON.stringify(argv)}`);
    const alone = comparison.kind === "ours-alone-refuses" ? comparison.reason : undefined;
    const isCompletion = COMPLETIONS.includes(argv);
    const key = isCompletion ? argv.join(" ") : `${alone ?? ""} ${shapeOf(real)}`;
    const known = found.get(key);
    if (known !== undefined && sizeOf(known.argv) <= sizeOf(argv)) continue;
    found.set(key, {
      group: isCompletion ? "completion" : (alone ?? real.outcome),
      argv,
      ...real,
      ...(alone === undefined ? {} : { beyond: [alone] }),
    });
  }
  return [...found.values()].toSorted(
    (a, b) => compareText(a.group, b.group) || sizeOf(a.argv) - sizeOf(b.argv),
  );
}

/** A command line in our own spelling, and the oldest vfkit from which on all understand it. */
export interface GatedLine {
  readonly argv: readonly string[];
  readonly since: Version;
}

/** The shortest command line for each thing that some version does not know, and for some that all do. */
export async function findGatedLines(benches: readonly Bench[]): Promise<GatedLine[]> {
  const shortest = new Map<string, string[]>();
  for (const line of sample()) {
    const machine = machineOf(line);
    if (machine === undefined || machine.devices.some(({ kind }) => kind === "virtio-blk"))
      continue;
    const argv = toArgv(machine);
    const kinds = machine.devices.map(({ kind }) => kind).join(" ");
    const key = requiredVersion(machine)?.feature ?? kinds;
    if (key.includes(" virtio")) continue;
    const known = shortest.get(key);
    if (known === undefined || sizeOf(argv) < sizeOf(known)) shortest.set(key, argv);
  }
  const lines: GatedLine[] = [];
  for (const argv of [...shortest.values(), ...DISK_LINES]) {
    let since: Version = NEWEST;
    for (const bench of benches.toReversed()) {
      const { kind } = await compare(argv, bench);
      if (kind !== "same-machine") break;
      since = bench.version;
    }
    lines.push({ argv, since });
  }
  return lines.toSorted((a, b) => compareText(a.since, b.since) || sizeOf(a.argv) - sizeOf(b.argv));
}

/** The disk is one that is there. */
const DISK_LINES = ["", ",deviceId=id", ",readonly", ",type=image"].map((options) =>
  [
    "--cpus 1 --memory 512 --bootloader efi,variable-store=/v",
    "--device",
    `virtio-blk,path=disk.img${options}`,
  ]
    .join(" ")
    .split(" "),
);

/** Cobra's own commands, each of which is kept. */
const COMPLETIONS = [
  "completion",
  "completion word",
  "completion bash",
  "completion bash word",
  "completion bash bash",
  "completion -h bash bash",
  "completion --help=false bash bash",
  "completion --help=x",
  "completion bash --no-descriptions",
  "completion bash --no-descriptions=x",
  "completion --no-descriptions bash",
  "completion --no-descriptions",
  "completion zsh -hn",
  "completion zsh -- word",
  "completion -- zsh word",
  "completion fish --version",
  "completion powershell -test.x",
  "completion --gui",
  "--gui completion",
  "--kernel k completion",
  "-k=k completion",
  "-h completion",
  "-v completion",
  "- completion",
  "-- completion",
  "word completion",
  "__complete",
  "__complete word",
  "__complete --kernel",
  "__complete --help",
  "__completeNoDesc",
  "-n __complete",
  "-n __complete word",
  "--gui __complete",
  "-k __complete word",
].map((line) => line.split(" "));

function sample(): string[][] {
  // Machines with disks would name files that are not there.
  const said = anyMachine
    .filter(({ devices }) => devices.every(({ kind }) => kind !== "virtio-blk"))
    .map((machine) => argvOf(machine) ?? [])
    .filter((argv) => argv.length > 0);
  const lines = fc.oneof(anyCommandLine, said, mutated(anyCommandLine), mutated(said));
  return [...COMPLETIONS, ...fc.sample(lines, { seed: SEED, numRuns: SAMPLES })].filter(isKept);
}

/** Zeros in front of a port are the one thing that the two say in another way. */
function isKept(argv: readonly string[]): boolean {
  const isLong = sizeOf(argv) >= LONGEST;
  const hasZeros = argv.some((word) => /localhost:0\d/.test(word));
  return isPassable(argv) && !touchesOwnDescriptors(argv) && !isLong && !hasZeros;
}

function machineOf(argv: readonly string[]): VirtualMachine | undefined {
  try {
    return parseArgv(argv);
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_USAGE")) return undefined;
    throw error;
  }
}

function shapeOf({ outcome, error, inspect, own, ignored }: Verdict): string {
  if (error !== undefined) return `${outcome} ${shapeOfError(error)}`;
  const devices = (inspect?.["devices"] ?? []) as Record<string, unknown>[];
  const names = Object.keys(own ?? {});
  if (devices.length + names.length > 1) return outcome;
  const [device = {}] = devices;
  const bootloader = inspect?.["bootloader"] as Record<string, unknown> | undefined;
  const parts = [device["kind"], Object.keys(device), names, bootloader?.["kind"]];
  return JSON.stringify([outcome, ...parts, ignored?.length]);
}

/** An error without what was given: its first and its last part, and nothing between quotes. */
function shapeOfError(error: string): string {
  const parts = error.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(": ");
  return [parts.at(0), parts.length > 2 ? parts.at(-1) : ""].join(" ").replaceAll(/[^a-z -]/gi, "");
}

function sizeOf(argv: readonly string[]): number {
  return argv.join(" ").length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
