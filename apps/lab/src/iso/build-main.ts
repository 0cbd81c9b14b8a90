// Runs under flock(1), see guest-iso.ts: whoever waited for the lock finds the ISO built.
import { createHost } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { printError } from "../print-error.js";
import { buildIso } from "./build-iso.js";
import { pruneCache } from "./prune-cache.js";

const [isoPath = ""] = process.argv.slice(2);
try {
  if (!existsSync(isoPath)) {
    await pruneCache(dirname(isoPath));
    const guestFiles = join(import.meta.dirname, "../../guest");
    await buildIso(createHost(), { guestFiles, workDirectory: `${isoPath}.work`, isoPath });
  }
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
