import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMachineError } from "@vfkit-machine/host/errors";
import { afterAll, expect, test } from "vitest";
import { openIso, type IsoEntry } from "../src/index.js";
import { craftedBase, toolBases } from "./support/fuzz-bases.js";
import { mutate, type Mutant } from "./support/mutate.js";
import { scratch } from "./support/tools.js";

/** `ISO_FUZZ_SEED` and `ISO_FUZZ_COUNT` try others, or one again: its number is in the failure. */
const SEED = Number(process.env["ISO_FUZZ_SEED"] ?? 1);
const COUNT = Number(process.env["ISO_FUZZ_COUNT"] ?? 20_000);
/** More than any of these images needs; an endless loop would pass it at once. */
const MOST_READS = 20_000;
const MOST_ENTRIES = 20_000;

/** While one waits for the disk or zlib, the others go on. */
const AT_ONCE = 16;

const directory = scratch();
afterAll(() => directory[Symbol.dispose]());

const NAMESPACES = ["auto", "auto", "auto", "joliet", "enhanced", "plain"] as const;

/** Everything there is to do with an image. @returns how it ended */
async function exercise(mutant: Mutant, seed: number): Promise<string> {
  try {
    await using iso = await openIso(mutant, {
      namespace: NAMESPACES[seed % NAMESPACES.length] ?? "auto",
      limits: { treeBytes: 2 ** 22 },
    });
    const files: IsoEntry[] = [];
    let entries = 0;
    for await (const entry of iso.walk()) {
      entries += 1;
      if (entries > MOST_ENTRIES) return "too many entries";
      JSON.stringify(entry);
      if (entry.type === "file" && files.length < 8) files.push(entry);
    }
    for (const file of files) {
      // 128 KiB tell as much as the 4 GiB that a damaged size may ask for.
      for await (const chunk of iso.readStream(file, { end: 128 * 1024 })) void chunk;
    }
    for (const path of ["/boot/BZIMAGE", "/link", "/moved/deep", "/1/2/3/4/5/6/7/8/9/deep"]) {
      const found = await iso.stat(path).catch((error: unknown) => error);
      if (found instanceof Error && !isMachineError(found)) throw found;
    }
    if (seed % 40 === 0) {
      await iso.extractTree(join(directory.path, `tree-${seed}`), {
        outsideSymlinks: "skip",
        sparse: true,
      });
    }
    return "read";
  } catch (error) {
    if (isMachineError(error) && error.code.startsWith("ERR_ISO_")) return error.code;
    throw new Error(`mutant ${seed}: ${String(error)}`, { cause: error });
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
async function heldBytes(): Promise<number> {
  // Buffers are given back on another thread, some time after the collection that found them.
  collectGarbage();
  await setImmediate();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test(`${COUNT} mutated images end with an error of ours or none, in bounded reads and memory (seed ${SEED})`, async () => {
  await mkdir(join(directory.path, "bases"));
  const bases = [craftedBase(), ...toolBases(join(directory.path, "bases"))];
  const outcomes = new Map<string, number>();
  let early = 0;
  const tryOne = async (index: number): Promise<void> => {
    const seed = SEED * 1_000_000 + index;
    // Half of them are the crafted image, which has most to damage for its size.
    const base = bases[index % 2 === 0 ? 0 : (index >> 1) % bases.length] ?? craftedBase();
    const mutant = mutate(base, seed);
    const outcome = await exercise(mutant, seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (mutant.reads() > MOST_READS) expect.fail(`mutant ${seed} was read ${mutant.reads()} times`);
  };
  for (let first = 0; first < COUNT; first += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, COUNT - first) }, (_, at) => first + at);
    await Promise.all(indices.map(tryOne));
    if (early === 0 && first >= COUNT / 4) early = await heldBytes();
  }
  expect(outcomes.get("too many entries")).toBeUndefined();
  // The corpus would prove nothing if all of it failed, or all of it passed.
  expect(outcomes.get("read") ?? 0).toBeGreaterThan(COUNT / 20);
  expect(outcomes.get("ERR_ISO_MALFORMED") ?? 0).toBeGreaterThan(COUNT / 100);
  expect((await heldBytes()) - early).toBeLessThan(8 * 2 ** 20);
  const left = await readdir(directory.path);
  expect(left.filter((name) => name.endsWith(".part"))).toEqual([]);
}, 180_000);
