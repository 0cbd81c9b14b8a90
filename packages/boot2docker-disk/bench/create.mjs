// Makes boot2docker disks of 1 GiB and of 1 TiB by turns. Prints JSON; times in milliseconds. Needs a
// build, and a file system with sparse files of 1 TiB in the temporary directory (or in the one named).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBoot2dockerDisk, inspectDisk } from "@vfkit-machine/boot2docker-disk";

const ROUNDS = 101;
const SIZES_MIB = { "1 GiB": 1024, "1 TiB": 1024 * 1024 };
// The shape of an Ed25519 key: the type, then 32 bytes.
const blob = Buffer.concat([
  Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"),
  Buffer.alloc(32, 1),
]);
const publicKey = `ssh-ed25519 ${blob.toString("base64")} bench`;

const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), "bench-disk-"));
try {
  const times = { "1 GiB": [], "1 TiB": [] };
  const allocatedBytes = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever comes second finds the directory's journal warm: take turns in that, too.
    const order = Object.entries(SIZES_MIB);
    for (const [size, sizeMiB] of round % 2 === 0 ? order : order.toReversed()) {
      const path = join(directory, "disk.img");
      const start = performance.now();
      await createBoot2dockerDisk(path, { sizeMiB, publicKey });
      times[size].push(performance.now() - start);
      allocatedBytes[size] = (await inspectDisk(path)).allocatedBytes;
      await rm(path);
    }
  }
  const medianMs = { "1 GiB": median(times["1 GiB"]), "1 TiB": median(times["1 TiB"]) };
  console.log(
    JSON.stringify({
      bench: "boot2docker disk of 1 TiB against 1 GiB",
      rounds: ROUNDS,
      medianMs,
      ratio: round2(medianMs["1 TiB"] / medianMs["1 GiB"]),
      allocatedBytes,
    }),
  );
} finally {
  await rm(directory, { recursive: true });
}

function median(values) {
  return round2(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
