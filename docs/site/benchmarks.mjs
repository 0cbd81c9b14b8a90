import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Without the list of headings, of which there is one, the table has more room.
const HEAD = `---
aside: false
---

# Benchmarks

What \`pnpm bench\` measured last, beside what one would use instead. Run it on the computer that matters
to you.
`;

/** The page of measured figures: the last run of \`pnpm bench\` that was committed, with its chart. */
export function benchmarks(results, publicFolder) {
  if (!existsSync(join(results, "latest.json"))) return `${HEAD}\nNothing is measured yet.\n`;
  const {
    measuredAt,
    machine,
    rows,
    left = [],
  } = JSON.parse(readFileSync(join(results, "latest.json"), "utf8"));
  const chart = existsSync(join(results, "latest.svg"));
  if (chart) copyFileSync(join(results, "latest.svg"), join(publicFolder, "benchmarks.svg"));
  const { cpu, cores, memoryGiB, node, platform, loadAverage5Min: load } = machine;
  const busy =
    load === undefined
      ? "Other work may have kept the computer busy."
      : `Load average over 5 minutes, ours included: ${load.toFixed(2)}.`;
  const where = `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node.js ${node}`;
  const lines = rows.map(({ work, against, ours, rival, unit, reach, reached }) =>
    row([
      work,
      against,
      figure(ours, unit),
      figure(rival, unit),
      rival ? `${(ours / rival).toFixed(2)}\u00a0x` : "",
      reach.replaceAll(" ", "\u00a0"),
      reached ? "yes" : "no",
    ]),
  );
  return [
    HEAD,
    `\nMeasured on ${measuredAt.slice(0, 10)}: ${where}. ${busy}\n`,
    chart ? "\n![The ratios as bars](/benchmarks.svg)\n" : "",
    `\n${row(["work", "against", "ours", "theirs", "ratio", "to reach", "reached"])}`,
    row(["---", "---", "--:", "--:", "--:", "---", "---"]),
    ...lines,
    ...notes(rows, left),
  ].join("");
}

/** What a reader must know to judge a figure, and what could not be measured there. */
function notes(rows, left) {
  const said = rows.flatMap(({ work, note }) =>
    note === undefined ? [] : [`- ${work}: ${note}\n`],
  );
  const missing = left.map((line) => `- not measured: ${line}\n`);
  return said.length + missing.length === 0 ? [] : ["\n", ...said, ...missing];
}

function row(cells) {
  return `| ${cells.map((cell) => cell ?? "").join(" | ")} |\n`;
}

function figure(value, unit) {
  if (value === undefined || value === null) return "";
  // A number and its unit stay on one line.
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}\u00a0${unit ?? ""}`;
}
