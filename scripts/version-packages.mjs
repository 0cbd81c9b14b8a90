// Turns the changesets that wait into the next version: every package gets it (they share one), and
// CHANGELOG.md gets what the changesets say. Run before a release; commit what it changes.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { publishedPackages } from "./published.mjs";

const HEADINGS = { major: "Breaking", minor: "New", patch: "Mended" };
const CHANGELOG = "CHANGELOG.md";

process.chdir(join(import.meta.dirname, ".."));
const changes = readdirSync(".changeset")
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .toSorted()
  .map((name) => parseChangeset(readFileSync(join(".changeset", name), "utf8")));
if (changes.length === 0) {
  console.error("no changeset waits: pnpm changeset");
  process.exit(1);
}

const publishing = createRequire(join(process.cwd(), "apps/publishing/package.json"));
const changesets = join(dirname(publishing.resolve("@changesets/cli/package.json")), "bin.js");
const versioned = spawnSync(process.execPath, [changesets, "version"], { stdio: "inherit" });
if (versioned.status !== 0) process.exit(versioned.status ?? 1);

const { version } = publishedPackages()[0].manifest;
const date = new Date().toISOString().slice(0, 10);
const text = readFileSync(CHANGELOG, "utf8");
const first = /^## /m.exec(text)?.index ?? text.length;
const section = `## ${version} (${date})\n\n${sections(changes)}\n`;
const changelog = `${text.slice(0, first).trimEnd()}\n\n${section}${text.slice(first)}`;
writeFileSync(CHANGELOG, `${changelog.trimEnd()}\n`);
console.log(`${version}: ${changes.length} changes in ${CHANGELOG}`);

/** A changeset: lines of `"package": size` between two lines of dashes, then what changed. */
function parseChangeset(content) {
  const [, head = "", summary = ""] = /^---\n([\s\S]*?)\n?---\n([\s\S]*)$/.exec(content) ?? [];
  const releases = [...head.matchAll(/^["']?([^"':]+)["']?:\s*(major|minor|patch)\s*$/gm)];
  if (releases.length === 0) throw new Error(`not a changeset: ${content.slice(0, 80)}`);
  const sizes = new Set(releases.map(([, , size]) => size));
  return {
    packages: releases.map(([, name]) => name.replace("@vfkit-machine/", "")),
    size: Object.keys(HEADINGS).find((size) => sizes.has(size)),
    summary: summary.trim(),
  };
}

function sections(all) {
  return Object.entries(HEADINGS)
    .map(([size, heading]) => [heading, all.filter((change) => change.size === size)])
    .filter(([, found]) => found.length > 0)
    .map(([heading, found]) => `### ${heading}\n\n${found.map(entry).join("\n")}\n`)
    .join("\n");
}

function entry({ packages, summary }) {
  const names = packages.length === publishedPackages().length ? "all" : packages.join(", ");
  return `- **${names}**: ${summary.replaceAll("\n", "\n  ")}`;
}
