// Runs the tests of every package, and on Linux some of the real machines, on each version of Node.js
// that is supported, one after the other, and writes what came of it into docs/node-versions.json, and
// from that into docs/node-versions.md and README.md. The npm package `node` carries the binaries.
//   node scripts/node-versions.mjs [22 24 ...]      those versions only; the others stay as they were
//   node scripts/node-versions.mjs --failed         again what failed, and nothing else
//   node scripts/node-versions.mjs --write          runs nothing: the pages, from the figures
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { globSync } from "./glob.mjs";

const PACKAGE_TIMEOUT_MS = 6 * 60_000;
const MACHINES_TIMEOUT_MS = 10 * 60_000;
const MACHINES = ["life-cycle", "networks", "examples"];
const VERSIONS = ["20.19", "22", "24", "26"];
const FIGURES = "docs/node-versions.json";
const PAGE = "docs/node-versions.md";
const README = "README.md";
const IN_README = /(?<=<!-- node-versions -->\n)[^]*(?=<!-- \/node-versions -->)/;
const LAB = "real machines in the lab";

process.chdir(join(import.meta.dirname, ".."));
const words = new Set(process.argv.slice(2));
const onlyFailed = words.delete("--failed");
const onlyWrite = words.delete("--write");
const versions = words.size > 0 ? [...words] : onlyWrite ? [] : VERSIONS;
const folders = globSync("package.json")
  .map((path) => dirname(path))
  .filter((folder) => folder.startsWith("packages/") || folder === "apps/cli");
const scratch = mkdtempSync(join(tmpdir(), "node-versions-"));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

try {
  const known = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, "utf8")) : [];
  for (const wanted of versions) {
    const before = known.find((column) => column.wanted === wanted);
    const column = { wanted, ...measure(binaryOf(wanted), onlyFailed ? before : undefined) };
    if (before === undefined) known.push(column);
    else known[known.indexOf(before)] = column;
    known.sort((one, other) => Number(one.wanted) - Number(other.wanted));
    // After each version: who stops here keeps what was measured.
    writeFileSync(FIGURES, `${JSON.stringify(known, null, 2)}\n`);
  }
  writeFileSync(PAGE, page(known));
  const readme = readFileSync(README, "utf8");
  if (!IN_README.test(readme)) throw new Error(`${README}: no place between the two comments`);
  writeFileSync(README, readme.replace(IN_README, `\n${summary(known)}\n`));
  spawnSync("node_modules/.bin/oxfmt", ["--write", FIGURES, PAGE, README], { stdio: "ignore" });
  console.log(`${FIGURES}, ${PAGE} and ${README} are written`);
  const failed = known.some(({ results }) => results.some((each) => each.failed !== 0));
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

/** Tests all of a version, or again what failed of it before. */
function measure(node, before) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const good = (before?.results ?? []).filter(({ failed }) => failed === 0);
  const results = [];
  const add = (what, test) => {
    results.push(good.find((each) => each.what === what) ?? test(what));
  };
  for (const folder of folders) {
    const config = join(process.cwd(), "vitest.config.ts");
    add(folder, () =>
      run(node, version, folder, PACKAGE_TIMEOUT_MS, (report) => ({
        args: [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${report}`],
        cwd: folder,
      })),
    );
  }
  if (process.platform === "linux") {
    add(LAB, () =>
      run(node, version, LAB, MACHINES_TIMEOUT_MS, () => ({
        args: ["apps/e2e/dist/main.js", "suite", ...MACHINES],
        report: "apps/e2e/.reports/node-version.json",
      })),
    );
  }
  return { version, date: new Date().toISOString().slice(0, 10), computer: computer(), results };
}

function computer() {
  const memoryGiB = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores and ${memoryGiB} GiB, Linux ${release().split("-")[0]} ${process.arch}`;
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
  if (!existsSync(report)) return { passed: 0, failed: null, skipped: 0, failures: [] };
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const failures = [];
  for (const { name, status, message, assertionResults } of testResults) {
    // A file that could not be loaded has no tests.
    if (status === "failed" && assertionResults.length === 0) failures.push(`${name}: ${message}`);
    for (const test of assertionResults) {
      if (test.status === "failed") failures.push(`${test.fullName}: ${reasonOf(test)}`);
    }
  }
  const failed = Math.max(numFailedTests, failures.length);
  return { passed: numPassedTests, failed, skipped: numPendingTests, failures };
}

/** The first line of what was said, without colours. */
function reasonOf({ failureMessages: [message = "no reason"] }) {
  return stripVTControlCharacters(message).split("\n", 1)[0].slice(0, 300);
}

function cell({ passed, failed, skipped }) {
  if (failed === null) return "did not end";
  const also = skipped === 0 ? "" : `, ${skipped} skipped`;
  return failed === 0 ? `${passed} passed${also}` : `${passed} passed, **${failed} failed**${also}`;
}

function page(columns) {
  const rows = columns[0].results.map(({ what }) => [
    what,
    ...cellsOf(columns, (it) => it === what),
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
    `Last run: ${whenAndWhere(columns)}. Other work may have kept the computer busy.\n\n`,
    line(["", ...columns.map(({ version }) => version)]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map(line),
    ...(failures.length === 0 ? [] : ["\n## What failed\n\n", ...failures]),
  ].join("");
}

/** The short table of the README: packages in one row, machines in another. */
function summary(columns) {
  return [
    line(["Node.js", ...columns.map(({ version }) => version)]),
    line(["---", ...columns.map(() => "---")]),
    line(["tests of packages and `vfm`", ...cellsOf(columns, (what) => what !== LAB)]),
    line([LAB, ...cellsOf(columns, (what) => what === LAB)]),
    `\n${whenAndWhere(columns)}; each package: [docs/node-versions.md](docs/node-versions.md).\n`,
  ].join("");
}

/** For each version, the sum of what is chosen. */
function cellsOf(columns, isChosen) {
  return columns.map(({ results }) => {
    const chosen = results.filter(({ what }) => isChosen(what));
    const sum = (count) => chosen.reduce((all, each) => all + each[count], 0);
    const endless = chosen.some(({ failed }) => failed === null);
    return cell({
      passed: sum("passed"),
      failed: endless ? null : sum("failed"),
      skipped: sum("skipped"),
    });
  });
}

function whenAndWhere(columns) {
  const dates = [...new Set(columns.map(({ date }) => date))].toSorted((a, b) =>
    a.localeCompare(b),
  );
  return `${dates.join(", ")}, ${columns.at(-1).computer}`;
}

function line(cells) {
  return `| ${cells.join(" | ")} |\n`;
}
