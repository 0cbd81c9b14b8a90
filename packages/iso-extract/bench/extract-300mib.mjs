// Extracts a 300 MiB file: ours against fs.copyFile of the same bytes in one process, and against
// bsdtar, 7z, xorriso and isoinfo as whole processes. Prints JSON.
// `node bench/extract-300mib.mjs [ROUNDS]`; needs xorriso, and measures the rivals that are there.
import { randomFillSync } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { has, inTurn, machine, median, timeProcess } from "./measure.mjs";

const MIB = 2 ** 20;
const self = fileURLToPath(import.meta.url);
const [, , verb, image, destination] = process.argv;
if (verb === "--extract") {
  const { openIso } = await import("@vfkit-machine/iso-extract");
  const iso = await openIso(image);
  await iso.extractFile("/big.bin", destination);
  await iso.close();
  reportPeak();
} else if (verb === "--idle") reportPeak();
else await main(Number(verb ?? 9));

function reportPeak() {
  console.log(process.resourceUsage().maxRSS / 1024);
}

function peakMiB(args) {
  const values = Array.from({ length: 5 }, () =>
    Number(spawnSync(process.execPath, [self, ...args], { encoding: "utf8" }).stdout),
  );
  return median(values);
}

async function main(rounds) {
  const directory = mkdtempSync(join(tmpdir(), "iso-extract-"));
  const at = (name) => join(directory, name);
  try {
    mkdirSync(at("tree"));
    const file = openSync(at("tree/big.bin"), "w");
    const piece = Buffer.alloc(MIB);
    for (let written = 0; written < 300; written += 1) writeSync(file, randomFillSync(piece));
    closeSync(file);
    const iso = at("big.iso");
    timeProcess(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", iso, at("tree")]);
    writeFileSync(at("idle.mjs"), "");
    // Each contender finds what the one before left: a file of the same size just written and removed.
    // Otherwise the first after a pause pays for memory that the host of a virtual machine took back.
    const fresh = (run) => async () => {
      await copyFile(at("tree/big.bin"), at("out"));
      rmSync(at("out"));
      const started = performance.now();
      const elapsed = await run();
      const total = performance.now() - started;
      rmSync(at("out"), { recursive: true, force: true });
      return elapsed ?? total;
    };
    const { openIso } = await import("@vfkit-machine/iso-extract");
    const inProcess = await inTurn(
      {
        copyFile: fresh(() => copyFile(at("tree/big.bin"), at("out"))),
        ours: fresh(async () => {
          const opened = await openIso(iso);
          await opened.extractFile("/big.bin", at("out"));
          await opened.close();
        }),
      },
      rounds,
    );
    const shell = (script) => ["sh", "-c", script, "sh", iso, at("out")];
    const processes = await inTurn(
      {
        idleNode: () => timeProcess([process.execPath, at("idle.mjs")]),
        ours: fresh(() => timeProcess([process.execPath, self, "--extract", iso, at("out")])),
        ...(has("bsdtar") && {
          bsdtar: fresh(() => timeProcess(shell('mkdir "$2" && bsdtar -xf "$1" -C "$2" big.bin'))),
        }),
        ...(has("7z") && { "7z": fresh(() => timeProcess(shell('7z e -y "-o$2" "$1" big.bin'))) }),
        xorriso: fresh(() =>
          timeProcess(shell('xorriso -osirrox on -indev "$1" -extract /big.bin "$2"')),
        ),
        ...(has("isoinfo") && {
          isoinfo: fresh(() => timeProcess(shell('isoinfo -R -i "$1" -x /big.bin > "$2"'))),
        }),
      },
      rounds,
    );
    const idlePeak = peakMiB(["--idle"]);
    const oursPeak = peakMiB(["--extract", iso, at("out")]);
    console.log(
      JSON.stringify(
        {
          benchmark: "extract a file of 300 MiB",
          machine: machine(),
          rounds,
          inProcessMedianMs: inProcess,
          ratioToCopyFile: Math.round((inProcess.ours / inProcess.copyFile) * 100) / 100,
          processMedianMs: processes,
          oursLessStartMs: Math.round((processes.ours - processes.idleNode) * 10) / 10,
          peakMiB: {
            idleNode: idlePeak,
            ours: oursPeak,
            above: Math.round((oursPeak - idlePeak) * 10) / 10,
          },
        },
        null,
        2,
      ),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
