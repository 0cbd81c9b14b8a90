// Makes dist/main.js: the entry and its fast lane in one file. Each module that Node.js loads for
// itself takes about half a millisecond, and `vfm list` is allowed half of what Node.js itself takes
// to start. Everything else stays in files of its own, loaded when it is needed.
import { chmodSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const path = (name) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
/** What is loaded when it is needed is not bundled: the bundle stands where the entry stood. */
const lazyFiles = {
  name: "lazy-files",
  resolveDynamicImport: (specifier) => ({ id: specifier, external: true }),
};

const bundle = await rolldown({
  input: path("entry.js"),
  platform: "node",
  external: /^node:/,
  plugins: [lazyFiles],
});
const {
  output: [main],
} = await bundle.write({ file: path("main.js"), format: "esm" });
await bundle.close();
const lost = main.dynamicImports.filter((file) => !existsSync(path(file)));
if (lost.length > 0)
  throw new Error(`the fast lane loads what is not beside it: ${lost.join(", ")}`);
chmodSync(path("main.js"), 0o755);
