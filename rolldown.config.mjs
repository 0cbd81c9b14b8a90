// The JavaScript of a package: one file for each entry of its `exports` and `bin`, and for what is
// loaded later. Fifty small modules take Node.js longer to find than to run.
// Run in a package's directory, after tsc has checked it and written its types.
import { readFileSync } from "node:fs";

const { exports = {}, bin = {}, engines } = JSON.parse(readFileSync("package.json", "utf8"));
const files = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
const names = files
  .filter((file) => file?.startsWith("./dist/"))
  .map((file) => file.slice("./dist/".length, -".js".length));

export default {
  input: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
  platform: "node",
  // The oldest Node.js of `engines` knows no `using`.
  transform: { target: engines.node.replace(">=", "node") },
  // Only what is ours, and the helpers of that: dependencies stay what package.json says. But for two
  // small files of host, each of which takes longer to find than to run; `instanceof MachineError`
  // knows the errors of every copy.
  external: (id) => !/^[./]|@oxc-project.runtime|^@vfkit-machine\/host\/(errors|text)$/.test(id),
  output: {
    dir: "dist",
    format: "esm",
    chunkFileNames: "parts/[name].js",
    // What an only entry shares with the parts loaded later is one more file. Of several entries each
    // loads no more than it needs.
    ...(names.length === 1 && {
      codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] },
    }),
  },
};
