// From the rename that puts a lease into the file until waitForLease has resolved, 200 times: the
// file is replaced by another process, as bootpd does it. Prints JSON; times in milliseconds. Needs a build.
//
// Both processes read the same clock (CLOCK_MONOTONIC through process.hrtime).
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { formatLeases, waitForLease } from "@vfkit-machine/dhcp-leases";

const WRITES = 200;
const POLL_MS = 2000;

// Reads one JSON text a line, replaces the file by it after a few milliseconds, and answers when.
const WRITER = `
const { renameSync, writeFileSync } = require("node:fs");
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { path, content } = JSON.parse(line);
  setTimeout(() => {
    writeFileSync(path + "-", content);
    const at = process.hrtime.bigint();
    renameSync(path + "-", path);
    console.log(String(at));
  }, 10);
});`;

const directory = await mkdtemp(join(tmpdir(), "bench-wait-"));
const writer = spawn(process.execPath, ["-e", WRITER], { stdio: ["pipe", "pipe", "inherit"] });
try {
  const path = join(directory, "dhcpd_leases");
  const answers = createInterface({ input: writer.stdout })[Symbol.asyncIterator]();
  const records = [];
  const latencies = [];
  for (let index = 0; index < WRITES; index += 1) {
    const macAddress = `8e:01:99:00:00:${index.toString(16).padStart(2, "0")}`;
    records.unshift({
      name: `machine-${index}`,
      ipAddress: `192.168.64.${index + 2}`,
      hardware: { type: 1, address: macAddress },
      expiresAtMs: Date.now() + 86_400_000,
    });
    const resolved = waitForLease({ macAddress, path, bootptabPath: join(directory, "none") }).then(
      () => process.hrtime.bigint(),
    );
    writer.stdin.write(`${JSON.stringify({ path, content: formatLeases(records) })}\n`);
    const [resolvedAt, { value: renamedAt }] = await Promise.all([resolved, answers.next()]);
    latencies.push(Number(resolvedAt - BigInt(renamedAt)) / 1e6);
  }
  // A poller sees a lease at its next tick: for writes spread evenly over the interval.
  const polled = latencies.map((_, index) => POLL_MS * (1 - (index + 0.5) / WRITES));
  console.log(
    JSON.stringify({
      bench: "lease written until waitForLease resolves",
      writes: WRITES,
      waitForLeaseMs: summary(latencies),
      pollingEvery2sComputedMs: summary(polled),
    }),
  );
} finally {
  writer.stdin.end();
  await rm(directory, { recursive: true });
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: round2(sorted[sorted.length >> 1]), worst: round2(sorted.at(-1)) };
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
