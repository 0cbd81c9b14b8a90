import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarks } from "./benchmarks.js";
import { formatRows, renderChart } from "./report.js";
import type { Row } from "./row.js";

const RESULTS = fileURLToPath(new URL("../results", import.meta.url));

/**
 * Runs the benchmarks whose name contains one of the words given, or all of them: then their results
 * are kept, and `node scripts/speed.mjs --write` puts them into the READMEs.
 */
async function main(words: readonly string[]): Promise<void> {
  const rows: (Row & { readonly home: string })[] = [];
  const left: string[] = [];
  for (const benchmark of benchmarks) {
    if (words.length > 0 && !words.some((word) => benchmark.name.includes(word))) continue;
    const reason = await benchmark.unavailable();
    if (reason !== undefined) {
      left.push(`${benchmark.name}: ${reason}`);
      continue;
    }
    process.stderr.write(`measuring ${benchmark.name}\n`);
    const { home } = benchmark;
    for (const row of await benchmark.run()) rows.push({ home, ...row });
  }
  process.stdout.write(`${formatRows(rows)}\n`);
  for (const line of left) process.stdout.write(`not measured: ${line}\n`);
  if (words.length > 0) return;
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: process.platform,
    // Who else worked meanwhile: figures of a busy machine are worth less.
    loadAverage5Min: loadavg()[1],
  };
  await mkdir(RESULTS, { recursive: true });
  const result = { measuredAt: new Date().toISOString(), machine, rows, left };
  await writeFile(join(RESULTS, "latest.json"), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(RESULTS, "latest.svg"), renderChart(rows));
}

await main(process.argv.slice(2));
