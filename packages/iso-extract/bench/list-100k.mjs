// Lists an image of 100,000 files: ours against bsdtar -t and isoinfo -l, as whole processes.
// Prints JSON. `node bench/list-100k.mjs [ROUNDS]`; needs xorriso, bsdtar and isoinfo.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { has, inTurn, machine, timeProcess } from "./measure.mjs";

const self = fileURLToPath(import.meta.url);
if (process.argv[2] === "--list") await list(process.argv[3]);
else await main(Number(process.argv[2] ?? 11));

/** Prints every path, as the rivals do. */
async function list(image) {
  const { openIso } = await import("@vfkit-machine/iso-extract");
  const iso = await openIso(image);
  let text = "";
  for await (const { path } of iso.walk()) {
    text += `${path}\n`;
    if (text.length > 4096) {
      writeSync(1, text);
      text = "";
    }
  }
  writeSync(1, text);
  await iso.close();
}

async function main(rounds) {
  const directory = mkdtempSync(join(tmpdir(), "iso-list-"));
  try {
    const image = join(directory, "many.iso");
    for (let outer = 0; outer < 100; outer += 1) {
      const folder = join(directory, "tree", `folder-${outer}`);
      mkdirSync(folder, { recursive: true });
      for (let inner = 0; inner < 1000; inner += 1) {
        writeFileSync(join(folder, `some-file-${inner}.txt`), "");
      }
    }
    const tree = join(directory, "tree");
    timeProcess(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-o", image, tree]);
    writeFileSync(join(directory, "idle.mjs"), "");
    const contenders = {
      idleNode: () => timeProcess([process.execPath, join(directory, "idle.mjs")]),
      ours: () => timeProcess([process.execPath, self, "--list", image]),
      ...(has("bsdtar") && { bsdtar: () => timeProcess(["bsdtar", "-tf", image]) }),
      ...(has("isoinfo") && { isoinfo: () => timeProcess(["isoinfo", "-l", "-i", image]) }),
      ...(has("isoinfo") && {
        isoinfoRockRidge: () => timeProcess(["isoinfo", "-R", "-l", "-i", image]),
      }),
    };
    const medianMs = await inTurn(contenders, rounds);
    const oursLessStartMs = Math.round((medianMs.ours - medianMs.idleNode) * 10) / 10;
    console.log(
      JSON.stringify(
        { benchmark: "list 100,000 files", machine: machine(), rounds, medianMs, oursLessStartMs },
        null,
        2,
      ),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
