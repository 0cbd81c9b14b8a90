import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openVfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { compare, type Bench } from "./support/compare.js";
import { comparable } from "./support/comparable.js";
import { makeDiskDirectory, type DiskDirectory } from "./support/directory.js";
import {
  builtPrograms,
  describeEachVersion,
  describeNewest,
  type BuiltProgram,
} from "./support/each-version.js";
import { GOLDEN, readLines, writeLines } from "./support/golden.js";
import { rawRequest, type RawReply, type RawRequest } from "./support/raw-request.js";
import { startRealParser } from "./support/real-parser.js";
import { findGatedLines, findVectors, type GatedLine, type Vector } from "./support/record.js";
import { REASONS } from "./support/refused-by-us-alone.js";
import { REST_REQUESTS } from "./support/rest-requests.js";
import { serveMachine } from "./support/served-machine.js";
import { NEWEST, VERSIONS } from "./support/versions.js";

/** Write the golden files anew: `pnpm --filter @vfkit-machine/contract record`. */
const RECORD = process.env["VFKIT_RECORD"] !== undefined;
const HEAD = { vfkit: NEWEST };

let directory: DiskDirectory;

beforeAll(() => {
  directory = makeDiskDirectory();
});
afterAll(() => directory[Symbol.dispose]());

async function openBench(program: BuiltProgram): Promise<Bench & AsyncDisposable> {
  const real = await startRealParser(program, directory.path);
  const { version } = program;
  return {
    version,
    cwd: directory.path,
    real,
    newest: real,
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
}

describeNewest("what the plain tests hold", (program) => {
  test("what vfkit makes of each command line", async () => {
    await using bench = await openBench(program);
    const vectors = await vectorsOf(bench);
    expect(vectors.length).toBeGreaterThan(500);
    const beyond = new Set<string>();
    for (const vector of vectors) {
      const title = JSON.stringify(vector.argv);
      const real = await bench.real.judge(vector.argv);
      const comparison = await compare(vector.argv, bench);
      expect.soft(comparison.kind, title).not.toBe("difference");
      // What vfkit refuses in packages that are built on macOS only is an error in the data.
      const onMacos = vector.outcome === "error" && real.outcome === "run";
      const isAlone = vector.beyond !== undefined || onMacos;
      expect.soft(comparison.kind === "ours-alone-refuses", title).toBe(isAlone);
      if (comparison.kind === "ours-alone-refuses") beyond.add(comparison.reason);
      if (onMacos) continue;
      expect.soft(comparable(real, NEWEST), title).toBe(comparable(vector, NEWEST));
    }
    // Each reason for which we alone refuse is there, and none that is never met.
    expect([...beyond].toSorted()).toEqual(REASONS.toSorted());
  });

  test("what vfkit's server answers to each request", async () => {
    const exchanges = await replyToAll(program);
    if (RECORD) writeLines(GOLDEN.rest, HEAD, exchanges);
    expect(readLines(GOLDEN.rest)).toEqual(exchanges);
  });
});

describeEachVersion("what the plain tests hold of versions", (program) => {
  test("which command lines this one understands", async () => {
    await using bench = await openBench(program);
    const lines = await gatedLines();
    expect(lines.length).toBeGreaterThan(20);
    for (const { argv, since } of lines) {
      const { kind } = await compare(argv, bench);
      expect(kind, argv.join(" ")).toBe(program.version >= since ? "same-machine" : "too-new");
    }
  });
});

async function vectorsOf(bench: Bench): Promise<Vector[]> {
  if (RECORD) writeLines(GOLDEN.found, HEAD, await findVectors(bench));
  return [...readLines<Vector>(GOLDEN.chosen), ...readLines<Vector>(GOLDEN.found)];
}

let recorded: Promise<void> | undefined;

async function gatedLines(): Promise<GatedLine[]> {
  if (RECORD) await (recorded ??= recordGatedLines());
  return readLines<GatedLine>(GOLDEN.versions);
}

async function recordGatedLines(): Promise<void> {
  const benches = await Promise.all(builtPrograms().map(openBench));
  writeLines(GOLDEN.versions, { vfkit: VERSIONS }, await findGatedLines(benches));
  for (const bench of benches) await bench[Symbol.asyncDispose]();
}

interface Exchange {
  readonly request: RawRequest;
  readonly reply: RawReply;
}

/** Each request meets a machine that runs. */
async function replyToAll(program: BuiltProgram): Promise<Exchange[]> {
  const place = await mkdtemp(join(tmpdir(), "contract-rest-"));
  const uri = `unix://${place}/vfkit.sock`;
  await using served = serveMachine(program, uri);
  await using client = openVfkitClient(uri);
  await client.waitForState("Stopped", { timeoutMs: 20_000, intervalMs: 5 });
  const exchanges: Exchange[] = [];
  for (const request of REST_REQUESTS) {
    await served.follow({ state: "VirtualMachineStateRunning" });
    exchanges.push({ request, reply: await rawRequest(uri, request) });
  }
  await rm(place, { recursive: true });
  return exchanges;
}
