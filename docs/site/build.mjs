// Builds the site into docs/.vitepress/dist: what is generated first, then the pages.
//   pnpm run docs
import { join } from "node:path";
import { build } from "vitepress";
import { writeApi } from "./api.mjs";
import { checkStates } from "./check-states.mjs";
import { writePages } from "./pages.mjs";

const docs = join(import.meta.dirname, "..");
const root = join(docs, "..");
// The scripts that list the packages look from the root.
process.chdir(root);

checkStates(join(docs, "states.md"));
writePages(root, docs);
await writeApi(root, join(docs, "api"));
await build(docs);
