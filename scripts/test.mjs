// Every test: packages and apps first, then the real machines of apps/e2e, then one summary of all.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { globSync } from "./glob.mjs";
import { printSummary } from "./test-summary.mjs";

for (const report of globSync(".reports")) rmSync(report, { recursive: true, force: true });
const turbo = (...args) =>
  spawnSync("turbo", ["run", ...args, "--output-logs=new-only"], { stdio: "inherit" }).status ?? 1;

const unit = turbo("test", "--continue", "--concurrency=2");
const e2e = turbo("e2e", "--continue");
const failed = printSummary();
process.exitCode = unit === 0 && e2e === 0 && failed === 0 ? 0 : 1;
