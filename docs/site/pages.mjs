import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, posix } from "node:path";
import { benchmarks } from "./benchmarks.mjs";

const BLOB = "https://github.com/vfkit-machine/vfkit-machine/blob/main";
const RAW = "https://raw.githubusercontent.com/vfkit-machine/vfkit-machine/main/docs";

/** The pages made from files that live elsewhere: READMEs, the changelog, benchmarks, schemas. */
export function writePages(root, docs, packages) {
  const folder = join(docs, "packages");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { folder: source, manifest } of packages) {
    const readme = readFileSync(join(root, source, "README.md"), "utf8");
    const api = manifest.exports === undefined ? "" : apiLink(manifest.name);
    // READMEs name pictures as npm must find them; here they are at hand.
    const text = `${rewriteLinks(readme, source).replaceAll(`](${RAW}/`, "](../")}${api}`;
    writeFileSync(join(folder, `${basename(source)}.md`), text);
  }
  writeFileSync(join(folder, "index.md"), indexOf(packages));
  for (const name of ["CHANGELOG.md", "SECURITY.md", "SPECIFICATION.md"]) {
    const text = readFileSync(join(root, name), "utf8");
    writeFileSync(join(docs, name.toLowerCase()), rewriteLinks(text, "."));
  }

  const publicFolder = join(docs, "public");
  rmSync(publicFolder, { recursive: true, force: true });
  mkdirSync(publicFolder);
  copyFileSync(join(docs, "images/icon.svg"), join(publicFolder, "icon.svg"));
  const schemas = join(docs, "cli/schemas");
  if (existsSync(schemas)) cpSync(schemas, join(publicFolder, "cli/schemas"), { recursive: true });
  const results = join(root, "apps/bench/results");
  writeFileSync(join(docs, "benchmarks.md"), benchmarks(results, publicFolder));
}

/** READMEs link to files of the repository; what is no page of this site is on GitHub. */
export function rewriteLinks(markdown, folder) {
  return markdown.replaceAll(/\]\((?!https?:|#|mailto:)([^)\s]+)\)/g, (_, target) => {
    const path = posix.normalize(posix.join(folder, target));
    const readme = /^(?:packages\/([^/]+)|apps\/(cli))\/README\.md(#.*)?$/.exec(path);
    if (readme !== null) return `](/packages/${readme[1] ?? readme[2]}${readme[3] ?? ""})`;
    const page = /^docs\/(.+)\.md(#.*)?$/.exec(path);
    if (page !== null) return `](/${page[1]}${page[2] ?? ""})`;
    return `](${BLOB}/${path})`;
  });
}

function apiLink(name) {
  return `\n## Generated reference\n\nEvery export with its comment: [${name}](/api/${name}).\n`;
}

function indexOf(packages) {
  const rows = packages
    .toSorted((a, b) => a.folder.localeCompare(b.folder))
    .map(
      ({ folder, manifest }) =>
        `| [${manifest.name}](/packages/${basename(folder)}) | ${manifest.description} |\n`,
    );
  return `# Packages\n\nEach is useful alone.\n\n| package | for |\n| --- | --- |\n${rows.join("")}`;
}
