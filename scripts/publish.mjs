// Publishes every package whose version npm does not have yet, dependencies first. Run by the release
// workflow on a tag; run again, it goes on where it stopped.
//   node scripts/publish.mjs DIRECTORY [--dry-run]      DIRECTORY: where the tarballs go
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const REGISTRY = "https://registry.npmjs.org";
const dryRun = process.argv.includes("--dry-run");
const directory = process.argv.slice(2).find((word) => !word.startsWith("--"));
if (directory === undefined) {
  console.error("usage: node scripts/publish.mjs DIRECTORY [--dry-run]");
  process.exit(2);
}

const pack = join(import.meta.dirname, "pack.mjs");
const packages = JSON.parse(run(process.execPath, [pack, directory]));
for (const { name, version, tarball } of packages) {
  if (!dryRun && isPublished(`${name}@${version}`)) {
    console.log(`${name}@${version} is on npm already`);
    continue;
  }
  // Provenance needs the identity that GitHub gives a workflow; npm refuses it elsewhere.
  const trusted = process.env.GITHUB_ACTIONS === "true" ? ["--provenance"] : [];
  const flags = ["--access", "public", "--registry", REGISTRY, ...trusted];
  run("npm", ["publish", tarball, ...flags, ...(dryRun ? ["--dry-run"] : [])]);
  console.log(`${name}@${version} ${dryRun ? "would be published" : "published"}`);
}

function isPublished(spec) {
  const args = ["view", spec, "version", "--registry", REGISTRY, "--json"];
  const { status, stdout, stderr } = spawnSync("npm", args, { encoding: "utf8" });
  if (status === 0) return stdout.trim() !== "";
  if (stdout.includes('"E404"') || stderr.includes("E404")) return false;
  throw new Error(`npm ${args.join(" ")}: ${stderr}`);
}

function run(file, args) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${file} ${args.join(" ")}: ${error?.message ?? stdout + stderr}`);
  }
  return stdout;
}
