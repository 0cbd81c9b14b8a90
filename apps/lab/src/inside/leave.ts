// Last program of the lab, run by its PID 1: carries out what is to outlive it. Not run when the lab
// is killed: then nothing does.
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { OUTSIDE_REPOSITORY, PRIVATE } from "../lab-paths.js";
import { printError } from "../print-error.js";
import { keepKvmVerdict } from "./kvm-verdict.js";
import { parseLabConfig, runsAsMac } from "./lab-config.js";

try {
  const config = parseLabConfig(process.argv[2]);
  if (runsAsMac(config)) await carryReports();
  await keepKvmVerdict(config.kvmVerdict, "out");
} catch (error) {
  printError(error);
}

/** What the plain user wrote to an app's `.reports` goes to the repository's own. */
async function carryReports(): Promise<void> {
  const reports = join(PRIVATE, "reports");
  for (const app of await readdir(reports)) {
    if ((await readdir(join(reports, app))).length === 0) continue;
    const target = join(OUTSIDE_REPOSITORY, "apps", app, ".reports");
    await mkdir(target, { recursive: true });
    await cp(join(reports, app), target, { recursive: true });
  }
}
