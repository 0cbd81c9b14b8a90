import fc from "fast-check";
import { requiredVersion, type VirtualMachine } from "@vfkit-machine/vfkit-config";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  anyCommandLine,
  isPassable,
  mutated,
  touchesOwnDescriptors,
} from "./support/command-lines.js";
import { compare, compareMeaning, type Bench, type Comparison } from "./support/compare.js";
import { makeDiskDirectory, type DiskDirectory } from "./support/directory.js";
import { describeEachVersion, newestOr } from "./support/each-version.js";
import { anyMachine } from "./support/machines.js";
import { argvOf } from "./support/our-parser.js";
import { startRealParser } from "./support/real-parser.js";
import { isSince, NEWEST } from "./support/versions.js";

/** How many times as many command lines as usual. */
const THOROUGHNESS = Number(process.env["VFKIT_CONTRACT_RUNS"] ?? "1");

describeEachVersion("one command line, two parsers", (program) => {
  const { version } = program;
  const runs = (version === NEWEST ? 4_000 : 1_000) * THOROUGHNESS;
  let directory: DiskDirectory;
  let bench: Bench;

  beforeAll(async () => {
    directory = makeDiskDirectory();
    const { path: cwd } = directory;
    const real = await startRealParser(program, cwd);
    const newest = version === NEWEST ? real : await startRealParser(newestOr(program), cwd);
    bench = { version, cwd, real, newest };
  });

  afterAll(async () => {
    await bench.real[Symbol.asyncDispose]();
    await bench.newest[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  /** Compares command lines until one is read differently; returns how often each outcome came. */
  async function compareAll(lines: fc.Arbitrary<string[]>): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    const passable = lines.filter((argv) => isPassable(argv) && !touchesOwnDescriptors(argv));
    await fc.assert(
      fc.asyncProperty(passable, async (argv) => {
        const comparison = await compareMeaning(argv, bench);
        count(seen, comparison);
        expect(differenceOf(comparison)).toBeUndefined();
      }),
      { numRuns: runs },
    );
    return seen;
  }

  test("every machine that can be said is understood as it was meant", async () => {
    const seen: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(anyMachine, async (given) => {
        const machine = withDisks(given, directory);
        const argv = argvOf(machine);
        if (argv === undefined) return;
        const comparison = await compare(argv, bench);
        count(seen, comparison);
        const understood = ["same-machine", "too-new"];
        // A name that no file can have.
        if (machine.devices.some(({ kind }) => kind === "virtio-blk"))
          understood.push("both-refuse");
        expect(understood, JSON.stringify(comparison)).toContain(comparison.kind);
        expect(comparison.kind === "too-new").toBe(needsNewer(machine));
      }),
      { numRuns: runs },
    );
    expect(seen["same-machine"]).toBeGreaterThan(runs / 20);
  });

  test("what the real parser refuses is refused, and what it takes is read alike", async () => {
    const seen = await compareAll(anyCommandLine);
    expect(seen["both-refuse"]).toBeGreaterThan(runs / 10);
    expect(seen["same-machine"]).toBeGreaterThan(runs / 20);
  });

  test("a good command line with one hostile change", async () => {
    const said = anyMachine
      .map((machine) => argvOf(withDisks(machine, directory)) ?? [])
      .filter((argv) => argv.length > 0);
    const seen = await compareAll(mutated(fc.oneof(said, anyCommandLine)));
    expect(seen["both-refuse"]).toBeGreaterThan(runs / 10);
  });

  function needsNewer(machine: VirtualMachine): boolean {
    const needed = requiredVersion(machine);
    return needed !== undefined && !isSince(version, needed.version);
  }
});

function differenceOf(comparison: Comparison): string | undefined {
  if (comparison.kind !== "difference") return undefined;
  return `vfkit: ${comparison.real}\nours:  ${comparison.ours}`;
}

function count(seen: Record<string, number>, comparison: Comparison): void {
  const name = comparison.kind;
  seen[name] = (seen[name] ?? 0) + 1;
}

function withDisks(machine: VirtualMachine, directory: DiskDirectory): VirtualMachine {
  const devices = machine.devices.map((device) =>
    device.kind === "virtio-blk" && device.path !== ""
      ? { ...device, path: directory.put(device.path) }
      : device,
  );
  return { ...machine, devices };
}
