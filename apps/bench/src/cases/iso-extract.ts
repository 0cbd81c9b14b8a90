import { openIso } from "@vfkit-machine/iso-extract";
import { randomFillSync } from "node:crypto";
import { copyFile, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Benchmark, Row } from "../row.js";
import { withScratch } from "../scratch.js";
import { alternate, median } from "../statistics.js";
import { has, readOurs, runOurs, runWhole } from "../whole-process.js";

const MIB = 1024 * 1024;
const FILE_MIB = 300;
const ROUNDS = 12;
const MEMORY_ROUNDS = 5;
const PATH = "/big.bin";

export const isoExtract: Benchmark = {
  name: "iso-extract: extract",
  home: "packages/iso-extract",
  unavailable: async () => (has("xorriso") ? undefined : "needs xorriso to make the image"),
  run: async () => withScratch(measure),
};

async function measure(directory: string): Promise<readonly Row[]> {
  const tree = join(directory, "tree");
  const source = join(tree, "big.bin");
  const image = join(directory, "big.iso");
  const out = join(directory, "out");
  await mkdir(tree);
  await writeRandom(source);
  runWhole("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-o", image, tree]);
  const fresh = (work: () => unknown) => async (): Promise<void> => {
    await work();
    await rm(out, { recursive: true, force: true });
  };
  const extract = async (): Promise<void> => {
    await using iso = await openIso(image);
    await iso.extractFile(PATH, out);
  };
  const [ours = 0, copied = 0] = await alternate(
    ROUNDS,
    fresh(extract),
    fresh(() => copyFile(source, out)),
  );
  const rows: Row[] = [
    {
      work: `extract a file of ${FILE_MIB} MiB`,
      against: "fs.copyFile of the same bytes",
      ours,
      rival: copied,
      unit: "ms",
      reach: "<= 1.10 x",
      reached: ours <= copied * 1.1,
    },
  ];
  // Two at a time: the less happens between ours and theirs, the more alike is the memory that the
  // system has ready for both. A virtual machine gives free memory back every few seconds, and whoever
  // needs it next waits for it.
  for (const [program, argv] of RIVALS.filter(([name]) => has(name))) {
    const [idle = 0, whole = 0, theirs = 0] = await alternate(
      ROUNDS,
      () => runOurs("idle", []),
      fresh(() => runOurs("extract", [image, PATH, out])),
      fresh(() => runWhole("sh", ["-c", argv, "sh", image, out], directory)),
    );
    const work = `extract a file of ${FILE_MIB} MiB, whole process`;
    rows.push(wholeProcessRow(work, program, whole - idle, theirs));
  }
  rows.push(memoryRow(image, out));
  return rows;
}

/** Each rival as a person would type it; `$1` is the image, `$2` what it may make. */
const RIVALS: readonly (readonly [string, string])[] = [
  ["bsdtar", 'mkdir "$2" && bsdtar -xf "$1" -C "$2" big.bin'],
  ["7z", '7z e -y "-o$2" "$1" big.bin'],
  ["xorriso", 'xorriso -osirrox on -indev "$1" -extract /big.bin "$2"'],
  ["isoinfo", 'isoinfo -R -i "$1" -x /big.bin > "$2"'],
];

/** @param oursMs with Node's own start taken off */
export function wholeProcessRow(
  work: string,
  against: string,
  oursMs: number,
  rivalMs: number,
): Row {
  return {
    work,
    against,
    ours: oursMs,
    rival: rivalMs,
    unit: "ms",
    reach: "faster",
    reached: oursMs < rivalMs,
    note: "ours without the start of Node.js, which was measured in the same rounds",
  };
}

function memoryRow(image: string, out: string): Row {
  const idle = peaksMiB("idle", []);
  const above = peaksMiB("extract", [image, PATH, out]) - idle;
  return {
    work: `extract a file of ${FILE_MIB} MiB: peak memory`,
    against: "above an idle Node.js",
    ours: above,
    rival: undefined,
    unit: "MiB",
    reach: "<= 16 MiB",
    reached: above <= 16,
  };
}

function peaksMiB(name: string, args: readonly string[]): number {
  return median(Array.from({ length: MEMORY_ROUNDS }, () => Number(readOurs(name, args)) / 1024));
}

async function writeRandom(path: string): Promise<void> {
  await using file = await open(path, "w");
  const piece = Buffer.alloc(MIB);
  for (let written = 0; written < FILE_MIB; written += 1) await file.write(randomFillSync(piece));
}
