// What the two benchmarks share: rounds in turn, medians, the machine.
import { spawnSync } from "node:child_process";
import { cpus, totalmem, type as osType, release } from "node:os";

/** The middle value, in milliseconds with one decimal. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10;
}

/** Is there such a program here? */
export function has(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Runs a whole process and says how long it took, in milliseconds. */
export function timeProcess([command, ...args], options = {}) {
  const started = performance.now();
  const result = spawnSync(command, args, { stdio: ["ignore", "ignore", "pipe"], ...options });
  const elapsed = performance.now() - started;
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(" ")} failed: ${result.stderr ?? result.error}`);
  }
  return elapsed;
}

/** Runs every contender once a round, in turn, so that a slow moment hits all of them. */
export async function inTurn(contenders, rounds) {
  const times = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      const elapsed = await run();
      // The first round only warms the page cache.
      if (round > 0) times.get(name).push(elapsed);
    }
  }
  return Object.fromEntries([...times].map(([name, values]) => [name, median(values)]));
}

export function machine() {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${osType()} ${release()}`,
    node: process.version,
  };
}
