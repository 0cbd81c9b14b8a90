// The public API of every package as one text file each, so that a change of it is seen in review.
// `node scripts/api.mjs` compares; `node scripts/api.mjs --write` accepts what is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { globSync } from "./glob.mjs";

const FOLDER = "docs/api-surface";
const write = process.argv.includes("--write");
let changed = 0;

for (const manifestPath of globSync("package.json")) {
  const folder = dirname(manifestPath);
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
  if (manifest.private === true || manifest.exports === undefined) continue;
  const text = Object.entries(manifest.exports)
    .filter(([, target]) => target.types !== undefined)
    .map(
      ([name, target]) => `// ${join(manifest.name, name)}\n${surface(join(folder, target.types))}`,
    )
    .join("\n");
  const path = join(FOLDER, `${folder.split("/")[1]}.d.ts.txt`);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  changed += 1;
  if (write) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, text);
  } else console.error(`${path} does not match the built declarations of ${folder}`);
}

if (changed > 0 && !write) {
  console.error("If the change of the public API is meant: node scripts/api.mjs --write");
  process.exitCode = 1;
}

/** Every declaration file that the entry reaches inside its package, without comments. */
function surface(entry) {
  const files = new Map();
  const visit = (path) => {
    if (files.has(path) || !existsSync(path)) return;
    const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
    files.set(path, text);
    for (const [, target] of text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)\.js"/g)) {
      visit(join(dirname(path), `${target}.d.ts`));
    }
  };
  visit(entry);
  return [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => `// ${relative(dirname(entry), path)}\n${withoutComments(text)}\n`)
    .join("");
}

function withoutComments(text) {
  return text
    .replaceAll(/\/\*\*?[\s\S]*?\*\//g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("//"))
    .join("\n");
}
