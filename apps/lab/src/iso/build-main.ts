// Runs under flock(1), see guest-iso.ts: whoever waited for the lock finds the ISO built.
import { createHost } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { printError } from "../print-error.js";
import { buildIso } from "./build-iso.js";
import { pruneCache } from "./prune-cache.js";

const [isoPath = "", arch] = process.argv.slice(2);
try {
  if (!existsSync(isoPath)) {
    const host = createHost(arch === undefined ? {} : { arch });
    await pruneCache(dirname(isoPath), host.arch);
    const guestFiles = join(import.meta.dirname, "../../guest");
    await buildIso(host, { guestFiles, workDirectory: `${isoPath}.work`, isoPath });
  }
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
