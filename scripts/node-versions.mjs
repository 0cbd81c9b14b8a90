// Runs the tests of every package, and on Linux some of the real machines, on other versions of
// Node.js, one after the other, and writes what came of it into docs/node-versions.md. The npm package
// `node` carries the binaries.
//   node scripts/node-versions.mjs [22 24 26]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { globSync } from "./glob.mjs";

const PACKAGE_TIMEOUT_MS = 6 * 60_000;
const MACHINES_TIMEOUT_MS = 10 * 60_000;
const MACHINES = ["life-cycle", "networks", "examples"];
const VERSIONS = ["22", "24", "26"];
const PAGE = "docs/node-versions.md";

process.chdir(join(import.meta.dirname, ".."));
const versions = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS;
const folders = globSync("package.json")
  .map((path) => dirname(path))
  .filter((folder) => folder.startsWith("packages/") || folder === "apps/cli");
const scratch = mkdtempSync(join(tmpdir(), "node-versions-"));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

try {
  const columns = versions.map((wanted) => measure(binaryOf(wanted)));
  writeFileSync(PAGE, page(columns));
  console.log(`${PAGE} is written`);
  const failed = columns.some(({ results }) => results.some((each) => each.failed !== 0));
  if (failed) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Where npm put the binary of a version. */
function binaryOf(wanted) {
  const args = ["-y", `node@${wanted}`, "-p", "process.execPath"];
  const { status, stdout, stderr } = spawnSync("npx", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`npx ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

function measure(node) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const results = [];
  for (const folder of folders) {
    const config = join(process.cwd(), "vitest.config.ts");
    results.push(
      run(node, version, folder, PACKAGE_TIMEOUT_MS, (report) => ({
        args: [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${report}`],
        cwd: folder,
      })),
    );
  }
  if (process.platform === "linux") {
    results.push(
      run(node, version, "real machines in the lab", MACHINES_TIMEOUT_MS, () => ({
        args: ["apps/e2e/dist/main.js", "suite", ...MACHINES],
        report: "apps/e2e/.reports/node-version.json",
      })),
    );
  }
  return { version, results };
}

function run(node, version, what, timeout, plan) {
  const ownReport = join(scratch, "report.json");
  const { args, cwd, report = ownReport } = plan(ownReport);
  rmSync(report, { force: true });
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    VFM_E2E_REPORT: "node-version",
  };
  const before = Date.now();
  spawnSync(node, args, { cwd, env, timeout, killSignal: "SIGTERM", stdio: "ignore" });
  const seconds = Math.round((Date.now() - before) / 1000);
  const result = { what, seconds, ...countsOf(report) };
  rmSync(report, { force: true });
  console.log(`${version} ${what}: ${cell(result)}`);
  for (const name of result.failures) console.log(`  failed: ${name}`);
  return result;
}

function countsOf(report) {
  if (!existsSync(report)) return { passed: 0, failed: undefined, skipped: 0, failures: [] };
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const failures = [];
  for (const { name, status, message, assertionResults } of testResults) {
    // A file that could not be loaded has no tests.
    if (status === "failed" && assertionResults.length === 0) failures.push(`${name}: ${message}`);
    for (const test of assertionResults) {
      if (test.status === "failed") failures.push(test.fullName);
    }
  }
  const failed = Math.max(numFailedTests, failures.length);
  return { passed: numPassedTests, failed, skipped: numPendingTests, failures };
}

function cell({ passed, failed, skipped }) {
  if (failed === undefined) return "did not end";
  const also = skipped === 0 ? "" : `, ${skipped} skipped`;
  return failed === 0 ? `${passed} passed${also}` : `${passed} passed, **${failed} failed**${also}`;
}

function page(columns) {
  const date = new Date().toISOString().slice(0, 10);
  const where = `${cpus().length} cores and ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release().split("-")[0]} ${process.arch}`;
  const rows = columns[0].results.map(({ what }, row) => [
    what,
    ...columns.map(({ results }) => cell(results[row])),
  ]);
  const failures = columns.flatMap(({ version, results }) =>
    results.flatMap(({ what, failures: names }) =>
      names.map((name) => `- ${version}: ${what}: ${name}\n`),
    ),
  );
  return [
    "# Node.js versions\n\n",
    "The packages and `vfm` run on Node.js 20.19 and newer. `pnpm test` runs on the version that runs\n",
    "pnpm; CI runs it on 20.19, 22, 24 and 26. This table is from `node scripts/node-versions.mjs`, which\n",
    "runs each package's tests with the binaries of the npm package `node`, and real machines in the lab\n",
    `(${MACHINES.join(", ")}).\n\n`,
    `Last run: ${date}, ${where}. Other work kept the computer busy.\n\n`,
    line(["", ...columns.map(({ version }) => version)]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map(line),
    ...(failures.length === 0 ? [] : ["\n## What failed\n\n", ...failures]),
  ].join("");
}

function line(cells) {
  return `| ${cells.join(" | ")} |\n`;
}
