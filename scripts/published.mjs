import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { globSync } from "./glob.mjs";

/**
 * Every package that is published, those it depends on before it.
 *
 * @returns {{ folder: string, manifest: Record<string, any> }[]}
 */
export function publishedPackages() {
  const all = globSync("package.json")
    .map((path) => ({
      folder: dirname(path),
      manifest: JSON.parse(readFileSync(path, "utf8")),
    }))
    .filter(({ manifest }) => manifest.private !== true);
  const ordered = new Set();
  const visit = (each) => {
    for (const { manifest, folder } of all) {
      if (manifest.name in (each.manifest.dependencies ?? {})) visit({ manifest, folder });
    }
    ordered.add(all.find(({ folder }) => folder === each.folder));
  };
  for (const each of all) visit(each);
  return [...ordered];
}

// `node scripts/published.mjs` prints them as JSON.
if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(publishedPackages()));
