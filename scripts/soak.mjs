// The long run: pnpm test:soak. First 300 starts and stops against the fast little vfkit of the
// driver's tests, then 10 against the lab, both with 8 machines side by side. Prints what it measured
// as JSON, a line each; fails when a descriptor, process, tap or file is left, or memory has grown.
import { spawnSync } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";

const MACHINES = "8";
const runs = [
  ["--expose-gc", "packages/driver/test/fixtures/soak.mjs", "300", MACHINES],
  ["apps/e2e/dist/main.js", "soak", "10", MACHINES],
];

console.log(
  JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }),
);
// glibc keeps what is freed in small pieces, and resident memory then tells of the past; macOS has
// none of these variables.
const env = {
  ...process.env,
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "16384",
  MALLOC_TRIM_THRESHOLD_: "65536",
};
for (const run of runs) {
  const { status } = spawnSync(process.execPath, run, { stdio: "inherit", env });
  if (status !== 0) process.exitCode = 1;
}
