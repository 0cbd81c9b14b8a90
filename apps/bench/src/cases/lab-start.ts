import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Benchmark, Row } from "../row.js";
import { median } from "../statistics.js";

const ROUNDS = 7;
const LAB = fileURLToPath(new URL("../../../lab/dist/main.js", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Real boots: they need the lab. */
export const labStart: Benchmark = {
  name: "driver: start in the lab",
  home: "packages/driver",
  unavailable: async () => {
    if (process.platform !== "linux") return "needs the lab, which is for Linux";
    return existsSync(LAB) ? undefined : "the lab is not built";
  },
  run: async () => {
    run([LAB, "prepare"]);
    const stdout = run([LAB, "run", "--", "node", "dist/children/lab-start.js", String(ROUNDS)]);
    const times = JSON.parse(stdout) as { readonly driver: number[]; readonly byHand: number[] };
    const ours = median(times.driver);
    const rival = median(times.byHand);
    const row: Row = {
      work: "driver start until SSH answers with the key, in the lab",
      against: "the same vfkit command by hand, until the SSH banner",
      ours,
      rival,
      unit: "ms",
      reach: "<= +150 ms",
      reached: ours <= rival + 150,
    };
    return [row];
  },
};

function run(args: readonly string[]): string {
  const result = spawnSync(process.execPath, [...args], {
    cwd: PACKAGE,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status !== 0) throw new Error(`${args.join(" ")}: ${result.stderr}`);
  return result.stdout;
}
