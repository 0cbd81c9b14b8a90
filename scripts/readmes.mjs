// The packages' READMEs are complete: every error code that the source throws or documents is listed, and
// none beside that no package it is built on throws; every function and constant that is exported is
// named, and every member of the exported interfaces. Prints nothing when all is well.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "./glob.mjs";

/** Not those that a comment or a text sums up as `ERR_DISK_...`. */
const ERROR_CODE = /ERR_[A-Z0-9_]*[A-Z0-9](?!\w|\.\.\.)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
/** Codes that are only asked after, and passed on or turned into others. */
const COMPARISON = /isMachineError\([^()]*\)|[!=]== "ERR_\w+"/g;

const problems = [];
for (const folder of globSync("turbo.json").map((path) => dirname(path))) {
  if (!folder.startsWith("packages/")) continue;
  const path = join(folder, "README.md");
  const readme = readFileSync(path, "utf8");
  for (const what of [...errorCodes(folder, readme), ...missingNames(folder, readme)]) {
    problems.push(`${path}: ${what}`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function errorCodes(folder, readme) {
  const listed = new Set(readme.match(ERROR_CODE));
  const { thrown, mentioned } = codesOf(folder);
  const known = new Set([...thrown, ...mentioned]);
  for (const below of dependenciesOf(folder)) {
    for (const codes of Object.values(codesOf(below))) for (const name of codes) known.add(name);
  }
  return [
    ...[...thrown].filter((name) => !listed.has(name)).map((name) => `${name} is not listed`),
    ...[...mentioned]
      .filter((name) => !listed.has(name) && !thrown.has(name))
      .map((name) => `${name} is documented in the source and not listed`),
    ...[...listed]
      .filter((name) => !known.has(name))
      .map((name) => `${name} is listed, and nothing throws it`),
  ];
}

/** The packages of this repository that a package is built on, as their folders. */
function dependenciesOf(folder) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const ours = Object.entries(dependencies).filter(([, version]) =>
    version.startsWith("workspace:"),
  );
  return ours.map(([name]) => join("packages", name.split("/")[1]));
}

function codesOf(folder) {
  const thrown = new Set();
  const mentioned = new Set();
  const files = readdirSync(join(folder, "src"), { recursive: true });
  for (const file of files.filter((name) => /(?<!\.test)\.ts$/.test(name))) {
    const source = readFileSync(join(folder, "src", file), "utf8");
    const code = source.replaceAll(COMMENT, "").replaceAll(COMPARISON, "");
    for (const [, name] of code.matchAll(/"(ERR_\w+)"/g)) thrown.add(name);
    for (const comment of source.match(COMMENT) ?? []) {
      for (const name of comment.match(ERROR_CODE) ?? []) mentioned.add(name);
    }
  }
  return { thrown, mentioned };
}

/** By the list of the public API (`node scripts/api.mjs`). */
function missingNames(folder, readme) {
  const surface = readFileSync(`docs/api-surface/${folder.split("/")[1]}.d.ts.txt`, "utf8");
  const exported = new Set();
  const values = new Set();
  for (const [, isType, list] of surface.matchAll(/^export (type )?\{([^}]*)\} from/gm)) {
    for (const item of list.split(",").map((text) => text.trim())) {
      const name = item.replace(/^type /, "").replace(/^.* as /, "");
      if (name === "") continue;
      exported.add(name);
      if (isType === undefined && !item.startsWith("type ")) values.add(name);
    }
  }
  const isNamed = (name) => new RegExp(`\\b${name}\\b`).test(readme);
  const missing = [...values].filter((name) => !isNamed(name)).map((name) => `no ${name}`);
  const INTERFACE = /^export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/gm;
  for (const [, name, body] of surface.matchAll(INTERFACE)) {
    if (!exported.has(name)) continue;
    for (const [, member] of body.matchAll(/^ {4}(?:readonly )?(\w+)\??[:(<]/gm)) {
      if (!isNamed(member)) missing.push(`no ${member} of ${name}`);
    }
  }
  return [...new Set(missing)];
}
