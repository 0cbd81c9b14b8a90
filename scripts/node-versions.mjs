// Runs every test, real machines included, on each version of Node.js that is supported, one after the
// other, and writes what came of it into docs/node-versions.json, and from that into
// docs/node-versions.md and README.md. The npm package `node` carries the binaries. Takes as long as
// `pnpm test` does, for each version.
//   node scripts/node-versions.mjs [22 24 ...]      those versions only; the others stay as they were
//   node scripts/node-versions.mjs --failed         again what failed, and nothing else
//   node scripts/node-versions.mjs --write          runs nothing: the pages, from the figures
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { readReports } from "./reports.mjs";

const TIMEOUT_MS = 60 * 60_000;
const VERSIONS = ["20.19", "22", "24", "26"];
const FIGURES = "docs/node-versions.json";
const PAGE = "docs/node-versions.md";
const README = "README.md";
const IN_README = /(?<=<!-- node-versions -->\n)[^]*(?=<!-- \/node-versions -->)/;
const MACHINES = "apps/e2e";

process.chdir(join(import.meta.dirname, ".."));
const words = new Set(process.argv.slice(2));
const onlyFailed = words.delete("--failed");
const onlyWrite = words.delete("--write");
const versions = words.size > 0 ? [...words] : onlyWrite ? [] : VERSIONS;
const { packageManager } = JSON.parse(readFileSync("package.json", "utf8"));
const known = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, "utf8")) : [];

for (const wanted of versions) {
  const before = known.find((column) => column.wanted === wanted);
  const column = { wanted, ...measure(wanted, onlyFailed ? before : undefined) };
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
if (known.some((column) => !isGood(column))) process.exitCode = 1;

/** Where npm put the binary of a version. */
function binaryOf(wanted) {
  const args = ["-y", `node@${wanted}`, "-p", "process.execPath"];
  const { status, stdout, stderr } = spawnSync("npx", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`npx ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** Tests all with a version, or again the folders in which something failed before. */
function measure(wanted, before) {
  if (before !== undefined && isGood(before)) return before;
  const again = before?.results.filter(({ failed }) => failed > 0).map(({ what }) => what) ?? [];
  const node = binaryOf(wanted);
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    // Turbo does not know that another Node.js makes another result.
    TURBO_FORCE: "true",
  };
  console.log(`\n${version}: ${again.length === 0 ? "everything" : again.join(", ")}`);
  const began = Date.now();
  const { status } = spawnSync("npx", ["-y", packageManager, "test", ...again], {
    env,
    stdio: "inherit",
    timeout: TIMEOUT_MS,
  });
  const minutes = Math.round((Date.now() - began) / 6_000) / 10;
  const tested = commit();
  const results = readReports().map(({ what, passed, failed, skipped, failures }) => {
    return { what, commit: tested, passed, failed, skipped, failures };
  });
  const kept = (before?.results ?? []).filter(({ what }) => !again.includes(what));
  return {
    version,
    date: new Date().toISOString().slice(0, 10),
    computer: computer(),
    minutes: again.length === 0 ? minutes : before.minutes,
    exitCode: status,
    results: [...kept, ...results].toSorted((a, b) => a.what.localeCompare(b.what)),
  };
}

function isGood({ exitCode, results }) {
  return exitCode === 0 && results.every(({ failed }) => failed === 0);
}

/** What was tested, as in `1f66bca`; with a `+` where files differed from it. */
function commit() {
  const isChanged = git("status", "--porcelain", "--", ".", `:!${FIGURES}`) !== "";
  return `${git("rev-parse", "--short=10", "HEAD")}${isChanged ? "+" : ""}`;
}

function git(...args) {
  return spawnSync("git", args, { encoding: "utf8" }).stdout.trim();
}

function computer() {
  const memoryGiB = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores and ${memoryGiB} GiB, Linux ${release().split("-")[0]} ${process.arch}`;
}

/** Of most of what was tested; others only with what was tested at them. */
function commitsOf({ results }) {
  const folders = new Map();
  for (const { what, commit: tested } of results) {
    folders.set(tested, [...(folders.get(tested) ?? []), what]);
  }
  const [[most = ""] = [], ...others] = [...folders].toSorted((a, b) => b[1].length - a[1].length);
  return [most, ...others.map(([tested, whats]) => `${tested} (${whats.join(", ")})`)].join("; ");
}

function cell({ passed, failed, skipped }) {
  const also = skipped === 0 ? "" : `, ${skipped} skipped`;
  return failed === 0 ? `${passed} passed${also}` : `${passed} passed, **${failed} failed**${also}`;
}

function page(columns) {
  const folders = [...new Set(columns.flatMap(({ results }) => results.map(({ what }) => what)))];
  const rows = folders.map((what) => [what].concat(cellsOf(columns, (it) => it === what)));
  const failures = columns.flatMap(({ version, results }) =>
    results.flatMap(({ what, failures: found }) =>
      found.map(({ name, reason }) => `- ${version}: ${what}: ${name}: ${reason}\n`),
    ),
  );
  return [
    "# Node.js versions\n\n",
    "The packages and `vfm` run on Node.js 20.19 and newer. `pnpm test` runs on the version that runs\n",
    "pnpm; CI runs it on 20.19, 22, 24 and 26. This table is from `node scripts/node-versions.mjs`, which\n",
    "runs every test with the binaries of the npm package `node`, the machines of apps/e2e among them.\n\n",
    `Last run: ${whenAndWhere(columns)}.\n\n`,
    line(["", ...columns.map(({ version }) => version)]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map(line),
    line(["commit", ...columns.map(commitsOf)]),
    line(["minutes", ...columns.map(({ minutes }) => minutes)]),
    ...(failures.length === 0 ? [] : ["\n## What failed\n\n", ...failures]),
  ].join("");
}

/** The short table of the README: real machines in one row, all else in another. */
function summary(columns) {
  return [
    line(["Node.js", ...columns.map(({ version }) => version)]),
    line(["---", ...columns.map(() => "---")]),
    line(["tests of packages and apps", ...cellsOf(columns, (what) => what !== MACHINES)]),
    line(["real machines in the lab", ...cellsOf(columns, (what) => what === MACHINES)]),
    `\n${whenAndWhere(columns)}; each package: [docs/node-versions.md](docs/node-versions.md).\n`,
  ].join("");
}

/** For each version, the sum of what is chosen. */
function cellsOf(columns, isChosen) {
  return columns.map(({ results }) => {
    const chosen = results.filter(({ what }) => isChosen(what));
    const sum = (count) => chosen.reduce((all, each) => all + each[count], 0);
    return cell({ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") });
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
