import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runDemo } from "./demo.js";
import { prepareMac, type Surroundings } from "./mac.js";

const USAGE = "usage: node main.js demo|suite [vitest arguments]";
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const LAB = join(PACKAGE, "../lab/dist/main.js");

/**
 * Runs the demo or the suite against real vfkit on macOS, or, on Linux, inside the lab: there this
 * program starts itself a second time, in the lab.
 */
async function main(mode: string | undefined, rest: readonly string[]): Promise<number> {
  if (mode !== "demo" && mode !== "suite") {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  if (process.platform === "linux" && process.env["VFM_LAB"] === undefined)
    return enterLab(mode, rest);
  const surroundings = process.platform === "linux" ? insideLab() : await prepareMac();
  if (mode === "suite") return runSuite(surroundings, rest);
  await runDemo(surroundings);
  return 0;
}

function enterLab(mode: string, rest: readonly string[]): number {
  const prepared = spawnSync(process.execPath, [LAB, "prepare"], { stdio: "inherit" });
  if (prepared.status !== 0) return prepared.status ?? 1;
  // By names that mean the same inside: the lab has its own place for the repository and for node.
  const command = ["run", ...labFlags(), "--", "node", "dist/main.js", mode, ...rest];
  return (
    spawnSync(process.execPath, [LAB, ...command], { cwd: PACKAGE, stdio: "inherit" }).status ?? 1
  );
}

/** `VFM_LAB_FLAGS="--user-namespace"` runs the same without the powers of root. */
function labFlags(): readonly string[] {
  return (process.env["VFM_LAB_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
}

function insideLab(): Surroundings {
  const isoPath = process.env["VFM_LAB_ISO"];
  if (isoPath === undefined) throw new Error("VFM_LAB_ISO is not set, although VFM_LAB is");
  return { isoPath, vmnetShared: true, memory: "512MiB" };
}

function runSuite(surroundings: Surroundings, rest: readonly string[]): number {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const result = spawnSync(process.execPath, [vitest, "run", ...rest], {
    cwd: PACKAGE,
    stdio: "inherit",
    env: {
      ...process.env,
      VFM_E2E_ISO: surroundings.isoPath,
      VFM_E2E_MEMORY: surroundings.memory,
      VFM_E2E_VMNET_SHARED: surroundings.vmnetShared ? "1" : "0",
    },
  });
  return result.status ?? 1;
}

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
