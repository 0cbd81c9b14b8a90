// Builds the site into docs/.vitepress/dist: what is generated first, then the pages.
//   pnpm run docs
import { join } from "node:path";
import { build } from "vitepress";
import { writeApi } from "./api.mjs";
import { checkStates } from "./check-states.mjs";
import { listPackages } from "./packages.mjs";
import { writePages } from "./pages.mjs";

const docs = join(import.meta.dirname, "..");
const root = join(docs, "..");
const packages = listPackages(root);

checkStates(join(docs, "states.md"));
writePages(root, docs, packages);
await writeApi(root, join(docs, "api"), packages);
await build(docs);
