import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openVfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { compare, type Bench } from "./support/compare.js";
import { comparable } from "./support/comparable.js";
import { makeDiskDirectory, type DiskDirectory } from "./support/directory.js";
import { describeEachVersion, type BuiltProgram } from "./support/each-version.js";
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
  const dispose = (): Promise<void> => real[Symbol.asyncDispose]();
  return { version, cwd: directory.path, real, newest: real, [Symbol.asyncDispose]: dispose };
}

describeEachVersion("what the plain tests hold", (program) => {
  const { version } = program;

  if (version === NEWEST) {
    test("what vfkit makes of each command line", async () => {
      await using bench = await openBench(program);
      if (RECORD) writeLines(GOLDEN.found, HEAD, await findVectors(bench));
      const vectors = [...readLines<Vector>(GOLDEN.chosen), ...readLines<Vector>(GOLDEN.found)];
      const beyond = new Set<string>();
      expect(vectors.length).toBeGreaterThan(500);
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
        expect.soft(comparable(real, version), title).toBe(comparable(vector, version));
      }
      // Each reason for which we alone refuse is there, and none that is never met.
      expect([...beyond].toSorted()).toEqual(REASONS.toSorted());
    });

    test("what vfkit's server answers to each request", async () => {
      const replies = await replyToAll(program);
      if (RECORD) writeLines(GOLDEN.rest, HEAD, replies);
      expect(readLines(GOLDEN.rest)).toEqual(replies);
    });
  }

  test("which command lines this version understands", async () => {
    await using bench = await openBench(program);
    if (RECORD && version === NEWEST) {
      const programs = inject("programs").map(({ path, version }) => ({
        version,
        path: path ?? "",
      }));
      const benches = await Promise.all(programs.map(openBench));
      writeLines(GOLDEN.versions, { vfkit: VERSIONS }, await findGatedLines(benches));
      for (const other of benches) await other[Symbol.asyncDispose]();
    }
    const lines = readLines<GatedLine>(GOLDEN.versions);
    expect(lines.length).toBeGreaterThan(20);
    for (const { argv, since } of lines) {
      const { kind } = await compare(argv, bench);
      expect(kind, argv.join(" ")).toBe(version >= since ? "same-machine" : "too-new");
    }
  });
});

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
