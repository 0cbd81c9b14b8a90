// The measured tables in the READMEs: what `pnpm bench` measured last, between two markers.
//   node scripts/speed.mjs           says which README differs
//   node scripts/speed.mjs --write   puts the tables there
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESULTS = "apps/bench/results/latest.json";
const BLOCK = /<!-- speed -->[^]*<!-- \/speed -->/;

process.chdir(join(import.meta.dirname, ".."));
const { measuredAt, machine, rows } = JSON.parse(readFileSync(RESULTS, "utf8"));
const homes = [...new Set(rows.map(({ home }) => home))];
const different = homes.filter((home) => {
  const path = join(home, "README.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (!BLOCK.test(text)) throw new Error(`${path} has no <!-- speed --> and <!-- /speed -->`);
  const wanted = text.replace(BLOCK, () => block(rows.filter((row) => row.home === home)));
  if (wanted === text) return false;
  if (process.argv.includes("--write")) writeFileSync(path, wanted);
  return true;
});
if (different.length > 0 && !process.argv.includes("--write")) {
  console.error(`not as measured: ${different.join(", ")}; run node scripts/speed.mjs --write`);
  process.exitCode = 1;
}

function block(measured) {
  const cells = measured.map((row) => [
    row.work,
    row.against,
    quantity(row.ours, row.unit),
    row.rival === undefined ? "" : quantity(row.rival, row.unit),
    row.rival === undefined ? "" : `${(row.ours / row.rival).toFixed(2)} x`,
  ]);
  const table = [["work", "against", "ours", "theirs", "ratio"], ...cells];
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  const line = (of) => `| ${of.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const notes = [...new Set(measured.map(({ note }) => note).filter((note) => note !== undefined))];
  const where = `${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, Node.js ${machine.node.slice(1)}`;
  return [
    "<!-- speed -->",
    "",
    `Medians of \`pnpm bench\` on ${measuredAt.slice(0, 10)} (${where}).`,
    "",
    line(table[0]),
    rule,
    ...table.slice(1).map(line),
    ...notes.flatMap((note) => ["", `${note[0].toUpperCase()}${note.slice(1)}.`]),
    "",
    "<!-- /speed -->",
  ].join("\n");
}

function quantity(value, unit) {
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
}
