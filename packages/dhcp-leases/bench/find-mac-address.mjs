// Finds one MAC address among 100,000 leases, against a plain read of the same file, by turns in one
// process. Prints JSON; times in milliseconds. Needs a build.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLeases, formatLeases, readLeases, readLeasesOf } from "@vfkit-machine/dhcp-leases";

const LEASES = 100_000;
const ROUNDS = 61;

const macOf = (index) =>
  ["8e", "01", "99", ...index.toString(16).padStart(6, "0").match(/../g)].join(":");
const places = {
  first: macOf(0),
  middle: macOf(LEASES / 2),
  last: macOf(LEASES - 1),
  absent: "5a:94:ef:e4:0c:ee",
};

const directory = await mkdtemp(join(tmpdir(), "bench-leases-"));
try {
  const path = join(directory, "dhcpd_leases");
  const expiresAtMs = Date.now() + 86_400_000;
  const content = formatLeases(
    Array.from({ length: LEASES }, (_, index) => ({
      name: `machine-${index}`,
      ipAddress: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      hardware: { type: 1, address: macOf(index) },
      expiresAtMs,
    })),
  );
  await writeFile(path, content);
  const times = { read: [], parseAll: [], ...mapValues(places, () => []) };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.read.push(await timed(() => readFile(path)));
    for (const [place, mac] of Object.entries(places)) {
      const found = [];
      times[place].push(
        await timed(async () => found.push(...(await readLeasesOf(mac, { path })))),
      );
      if (found.length !== (place === "absent" ? 0 : 1)) throw new Error(`${place}: wrong answer`);
    }
    if (round % 10 === 0) {
      times.parseAll.push(
        await timed(async () =>
          findLeases((await readLeases({ path })).leases, { macAddress: places.last }),
        ),
      );
    }
  }
  const medianMs = mapValues(times, median);
  console.log(
    JSON.stringify({
      bench: "find one MAC address among 100,000 leases",
      fileBytes: content.length,
      rounds: ROUNDS,
      medianMs,
      ratioToRead: mapValues(places, (_, place) => round2(medianMs[place] / medianMs.read)),
    }),
  );
} finally {
  await rm(directory, { recursive: true });
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values) {
  return round2(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]);
}

function mapValues(object, work) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, work(value, key)]));
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
