import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runDemo } from "./demo.js";
import { newTraces, readTraces } from "./leftovers.js";
import { prepareMac, type Surroundings } from "./mac.js";
import { soak } from "./soak.js";

const USAGE = "usage: node main.js demo|test|suite [vitest arguments]|soak [cycles [machines]]";

/** What is run a second time, in a lab that root did not enter. */
const USER_NAMESPACE_FILES = ["networks", "surroundings-faults"];
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const LAB = join(PACKAGE, "../lab/dist/main.js");

/**
 * Runs the demo or the suite against real vfkit on macOS, or, on Linux, inside the lab: there this
 * program starts itself a second time, in the lab.
 */
async function main(mode: string | undefined, rest: readonly string[]): Promise<number> {
  if (mode === "test") return testEverywhere();
  if (mode !== "demo" && mode !== "suite" && mode !== "soak") {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  if (process.platform === "linux" && process.env["VFM_LAB"] === undefined) {
    return mode === "demo" ? leavesNothing(() => enterLab(mode, rest)) : enterLab(mode, rest);
  }
  if (mode === "soak") return runSoak(rest);
  const surroundings = process.platform === "linux" ? insideLab() : await prepareMac();
  if (mode === "suite") return runSuite(surroundings, rest);
  return leavesNothing(async () => {
    await runDemo(surroundings);
    return 0;
  });
}

/** The whole suite; on Linux as root, part of it again in a user namespace, as for any other user. */
function testEverywhere(): number {
  const whole = runAgain([], {});
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return whole;
  process.stdout.write("\nOnce more in a user namespace, without the powers of root\n");
  const part = runAgain(USER_NAMESPACE_FILES, {
    VFM_LAB_FLAGS: "--user-namespace",
    VFM_E2E_REPORT: "user-namespace",
  });
  return Math.max(whole, part);
}

function runAgain(args: readonly string[], env: Readonly<Record<string, string>>): number {
  const self = fileURLToPath(import.meta.url);
  const options = { stdio: "inherit", env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, [self, "suite", ...args], options).status ?? 1;
}

/** Compares processes, network interfaces and temporary files before and after. */
async function leavesNothing(work: () => number | Promise<number>): Promise<number> {
  const before = await readTraces(tmpdir());
  const exitCode = await work();
  const left = newTraces(before, await readTraces(tmpdir()));
  const where = process.env["VFM_LAB"] === undefined ? "this computer" : "the lab";
  if (left.length > 0) {
    process.stderr.write(`Left behind on ${where}:\n${left.map((line) => `  ${line}\n`).join("")}`);
    return 1;
  }
  process.stdout.write(`Nothing is left behind on ${where}: no process, interface or file.\n`);
  return exitCode;
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

/** Prints one line of JSON. */
async function runSoak([cycles = "10", machines = "8"]: readonly string[]): Promise<number> {
  const report = await soak(insideLab().isoPath, {
    cycles: Number(cycles),
    machines: Number(machines),
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.problems.length === 0 ? 0 : 1;
}

function runSuite(surroundings: Surroundings, rest: readonly string[]): number {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const result = spawnSync(process.execPath, [vitest, "run", "--configLoader", "runner", ...rest], {
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
