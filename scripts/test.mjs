// Every test: packages and apps first, then the real machines of apps/e2e, then one summary of all.
//   node scripts/test.mjs [packages/driver apps/e2e ...]      those folders only
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { globSync } from "./glob.mjs";
import { printSummary } from "./test-summary.mjs";

const folders = process.argv.slice(2).map((folder) => `--filter=./${folder.replace(/^\.\//, "")}`);
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
const run = (command, ...args) => spawnSync(command, args, { stdio: "inherit", env }).status ?? 1;
const turbo = (...args) => run("turbo", "run", ...args, "--output-logs=new-only");

for (const report of globSync(".reports")) rmSync(report, { recursive: true, force: true });
const built = turbo("build");
// The lab brings QEMU and the guest's image, which tests of packages use as well. What it cannot bring
// is skipped by name there, and said again by the suite.
if (built === 0 && process.platform === "linux") run("node", "apps/lab/dist/main.js", "prepare");
const unit = built === 0 ? turbo("test", "--continue", "--concurrency=2", ...folders) : built;
const e2e = built === 0 ? turbo("e2e", "--continue", ...folders) : built;
const failed = printSummary();
process.exitCode = unit === 0 && e2e === 0 && failed === 0 ? 0 : 1;
