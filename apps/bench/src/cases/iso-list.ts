import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Benchmark, Row } from "../row.js";
import { withScratch } from "../scratch.js";
import { alternate } from "../statistics.js";
import { has, runOurs, runWhole } from "../whole-process.js";
import { wholeProcessRow } from "./iso-extract.js";

const FOLDERS = 100;
const FILES_PER_FOLDER = 1_000;
const ROUNDS = 12;
const RIVALS: readonly (readonly [string, readonly string[]])[] = [
  ["bsdtar", ["-tf"]],
  ["isoinfo", ["-l", "-i"]],
];

export const isoList: Benchmark = {
  name: "iso-extract: list",
  home: "packages/iso-extract",
  unavailable: async () => (has("xorriso") ? undefined : "needs xorriso to make the image"),
  run: async () =>
    withScratch(async (directory) => {
      const image = join(directory, "many.iso");
      const tree = join(directory, "tree");
      await makeTree(tree);
      runWhole("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-J", "-o", image, tree]);
      const rivals = RIVALS.filter(([program]) => has(program));
      const [idle = 0, whole = 0, ...theirs] = await alternate(
        ROUNDS,
        () => runOurs("idle", []),
        () => runOurs("list", [image]),
        ...rivals.map(
          ([program, args]) =>
            () =>
              runWhole(program, [...args, image]),
        ),
      );
      return rivals.map(([program, args], index): Row =>
        wholeProcessRow(
          "list an ISO of 100,000 files, whole process",
          `${program} ${args[0]}`,
          whole - idle,
          theirs[index] ?? 0,
        ),
      );
    }),
};

async function makeTree(tree: string): Promise<void> {
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(tree, `folder-${folder}`);
    await mkdir(path, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file += 1) {
      await writeFile(join(path, `some-file-${file}.txt`), "");
    }
  }
}
