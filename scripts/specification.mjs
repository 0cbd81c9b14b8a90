// SPECIFICATION.md names the test that holds each promise, as `FILE` “TITLE”. A test that is renamed
// or removed leaves a promise without one: this says so. Prints nothing when all is well.
import { existsSync, readFileSync } from "node:fs";

const DOCUMENT = "SPECIFICATION.md";
const REFERENCE = /`([^`]+\.(?:test|e2e)\.ts)`|“([^”]+)”/g;
const OPEN = "no test yet";

const texts = new Map();
const problems = [];
for (const [index, line] of readFileSync(DOCUMENT, "utf8").split("\n").entries()) {
  if (!line.startsWith("|") || /^\|[-:| ]+\|$/.test(line)) continue;
  const cells = line.split("|").slice(1, -1);
  const tests = cells.at(-1);
  if (/^\s*tests?\s*$/.test(tests)) continue;
  const found = checkTests(tests, (what) => problems.push(`${DOCUMENT}:${index + 1}: ${what}`));
  if (found === 0 && !tests.includes(OPEN)) {
    problems.push(`${DOCUMENT}:${index + 1}: names no test, nor says “${OPEN}” and why`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** @returns how many titles there are */
function checkTests(cell, report) {
  let file;
  let count = 0;
  for (const [, path, title] of cell.matchAll(REFERENCE)) {
    if (path !== undefined) {
      file = path;
      if (!existsSync(path)) report(`there is no ${path}`);
      continue;
    }
    count += 1;
    if (file === undefined) report(`“${title}” is of no file`);
    else if (existsSync(file) && !hasTitle(file, title)) report(`${file} has no test “${title}”`);
  }
  return count;
}

/** The title as a whole string of the file; a template may go on with `${...}`. */
function hasTitle(file, title) {
  if (!texts.has(file)) texts.set(file, readFileSync(file, "utf8"));
  const text = texts.get(file);
  const quoted = JSON.stringify(title);
  return (
    text.includes(quoted) ||
    text.includes(`'${title}'`) ||
    text.includes(`\`${title}\``) ||
    text.includes(`\`${title}\${`)
  );
}
