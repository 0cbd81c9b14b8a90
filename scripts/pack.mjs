// Packs every package that is published, as npm will get it, and prints what it made as JSON.
//   node scripts/pack.mjs DIRECTORY
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pnpmCommand } from "./pnpm.mjs";
import { publishedPackages } from "./published.mjs";

const destination = process.argv[2] && resolve(process.argv[2]);
process.chdir(join(import.meta.dirname, ".."));
if (destination === undefined) {
  console.error("usage: node scripts/pack.mjs DIRECTORY");
  process.exit(2);
}
mkdirSync(destination, { recursive: true });
const packed = publishedPackages().map(({ folder, manifest }) => ({
  name: manifest.name,
  version: manifest.version,
  folder,
  tarball: pack(folder),
}));
console.log(JSON.stringify(packed, null, 2));

/** pnpm packs, because only it turns `workspace:` and `catalog:` into versions. */
function pack(folder) {
  const [file, ...args] = pnpmCommand("-C", folder, "pack", "--json");
  const result = spawnSync(file, [...args, "--pack-destination", destination], {
    encoding: "utf8",
  });
  if (result.status !== 0) {
    console.error(`${file} ${args.join(" ")}: ${result.error ?? result.stdout + result.stderr}`);
    process.exit(1);
  }
  return join(destination, basename(JSON.parse(result.stdout).filename));
}
