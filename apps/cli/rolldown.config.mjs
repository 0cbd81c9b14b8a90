// Makes dist/main.js: the entry and its fast lane in one file. Each module that Node.js loads for
// itself takes about half a millisecond, and `vfm list` is allowed half of what Node.js itself takes
// to start. Everything else stays in files of its own, loaded when it is needed.
import { chmodSync, existsSync } from "node:fs";

/** What is loaded when it is needed is not bundled: the bundle stands where the entry stood. */
const lazyFiles = {
  name: "lazy-files",
  resolveDynamicImport: (specifier) => ({ id: specifier, external: true }),
  writeBundle: (_options, { "main.js": { dynamicImports } }) => {
    const lost = dynamicImports.filter((file) => !existsSync(`dist/${file}`));
    if (lost.length > 0) throw new Error(`the fast lane has lost ${lost.join(", ")}`);
    chmodSync("dist/main.js", 0o755);
  },
};

export default {
  input: { main: "dist/entry.js" },
  platform: "node",
  external: /^node:/,
  plugins: [lazyFiles],
  output: { dir: "dist", format: "esm" },
};
