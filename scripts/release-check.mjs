// What must hold before a tag is published: it names the version of every package, the
// changelog has an entry for it, and no changeset waits for a version.
//   node scripts/release-check.mjs v1.2.3 [--notes]     --notes prints the release's notes
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages } from "./published.mjs";

const [tag = ""] = process.argv.slice(2);
process.chdir(join(import.meta.dirname, ".."));
const version = /^v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(tag)?.[1];
const problems = version === undefined ? [`not a tag of a version: "${tag}"`] : findProblems();
const notes = sectionOf(readFileSync("CHANGELOG.md", "utf8"));
if (version !== undefined && notes === "") problems.push(`CHANGELOG.md has no "## ${version}"`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else if (process.argv.includes("--notes")) console.log(notes);

function findProblems() {
  const waiting = readdirSync(".changeset").filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  return [
    ...waiting.map((name) => `.changeset/${name} waits for a version: pnpm version-packages`),
    ...publishedPackages()
      .filter(({ manifest }) => manifest.version !== version)
      .map(({ folder, manifest }) => `${folder} has version ${manifest.version}, not ${version}`),
  ];
}

/** What CHANGELOG.md says under the heading of this version. */
function sectionOf(changelog) {
  const lines = changelog.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`## ${version}`));
  if (start === -1) return "";
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith("## "));
  return rest
    .slice(0, end === -1 ? undefined : end)
    .join("\n")
    .trim();
}
