import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application } from "typedoc";
import { load as markdown } from "typedoc-plugin-markdown";

/** The API of every package, from its TSDoc comments, as Markdown: one page for each package. */
export async function writeApi(root, out, packages) {
  rmSync(out, { recursive: true, force: true });
  const app = await Application.bootstrapWithPlugins({
    // Without it TypeDoc writes into ./docs, and empties that first.
    out,
    cleanOutputDir: false,
    outputs: [{ name: "markdown", path: out }],
    entryPointStrategy: "packages",
    entryPoints: packages
      .filter(({ manifest }) => manifest.exports !== undefined)
      .map(({ folder }) => join(root, folder)),
    packageOptions: {
      entryPoints: ["src/index.ts"],
      readme: "none",
      excludeInternal: true,
      excludeExternals: true,
      disableSources: true,
      skipErrorChecking: true,
      // Types that an exported one mentions are shown where they are mentioned.
      validation: { notExported: false, invalidLink: true, notDocumented: false },
    },
    plugin: [markdown],
    router: "module",
    readme: "none",
    name: "API",
    includeVersion: false,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    entryFileName: "index",
    disableSources: true,
    // All is readonly, and where a member comes from is the first thing that an interface says.
    tableColumnSettings: {
      hideSources: true,
      hideModifiers: true,
      hideInherited: true,
      hideOverrides: true,
    },
    useCodeBlocks: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    typeDeclarationFormat: "table",
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    logLevel: "Warn",
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc: see above");
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("TypeDoc: see above");
  for (const name of readdirSync(out, { recursive: true })) {
    if (name.endsWith(".md")) mendAnchors(join(out, name));
  }
}

/** TypeDoc names anchors as GitHub does, with underscores; VitePress makes hyphens of them. */
function mendAnchors(path) {
  const text = readFileSync(path, "utf8");
  const mended = text.replaceAll(
    /(\]\([^)#\s]*#)([^)\s]+)\)/g,
    (_, start, anchor) => `${start}${anchor.replaceAll("_", "-")})`,
  );
  if (mended !== text) writeFileSync(path, mended);
}
