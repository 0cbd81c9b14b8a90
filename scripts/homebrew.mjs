// The Homebrew formula of the version whose tarballs are in DIRECTORY, on stdout.
//   node scripts/homebrew.mjs DIRECTORY
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error("usage: node scripts/homebrew.mjs DIRECTORY");
  process.exit(2);
}
const root = join(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(join(root, "apps/cli/package.json"), "utf8"));
const tarball = readFileSync(join(directory, `vfkit-machine-${version}.tgz`));
const template = join(root, "apps/publishing/homebrew/vfkit-machine.rb.template");
process.stdout.write(
  readFileSync(template, "utf8")
    .replace("@VERSION@", version)
    .replace("@SHA256@", createHash("sha256").update(tarball).digest("hex")),
);
