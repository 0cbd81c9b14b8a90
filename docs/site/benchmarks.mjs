import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HEAD = `# Benchmarks

What \`pnpm bench\` measured last, beside what one would use instead. Run it on the computer that matters
to you.
`;

/** The page of measured figures: the last run of \`pnpm bench\` that was committed, with its chart. */
export function benchmarks(results, publicFolder) {
  if (!existsSync(join(results, "latest.json"))) return `${HEAD}\nNothing is measured yet.\n`;
  const { measuredAt, machine, rows } = JSON.parse(
    readFileSync(join(results, "latest.json"), "utf8"),
  );
  const chart = existsSync(join(results, "latest.svg"));
  if (chart) copyFileSync(join(results, "latest.svg"), join(publicFolder, "benchmarks.svg"));
  const { cpu, cores, memoryGiB, node, platform } = machine;
  const where = `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node.js ${node}`;
  const lines = rows.map(({ work, against, ours, rival, unit, reach, reached }) =>
    row([
      work,
      against,
      figure(ours, unit),
      figure(rival, unit),
      rival ? `${(ours / rival).toFixed(2)} x` : "",
      reach,
      reached ? "yes" : "no",
    ]),
  );
  return [
    HEAD,
    `\nMeasured on ${measuredAt.slice(0, 10)}: ${where}. Other work may have kept the computer busy.\n`,
    chart ? "\n![The ratios as bars](/benchmarks.svg)\n" : "",
    `\n${row(["work", "against", "ours", "theirs", "ratio", "to reach", "reached"])}`,
    row(["---", "---", "--:", "--:", "--:", "---", "---"]),
    ...lines,
  ].join("");
}

function row(cells) {
  return `| ${cells.map((cell) => cell ?? "").join(" | ")} |\n`;
}

function figure(value, unit) {
  if (value === undefined || value === null) return "";
  // A number and its unit stay on one line.
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}\u00a0${unit ?? ""}`;
}
