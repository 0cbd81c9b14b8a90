import { ratioOf, type Row } from "./row.js";

/** The table that a terminal shows. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.work,
    row.against,
    `${round(row.ours)} ${row.unit}`,
    row.rival === undefined ? "-" : `${round(row.rival)} ${row.unit}`,
    formatRatio(row),
    row.reach,
    row.reached ? "yes" : "NO",
  ]);
  const table = [["work", "against", "ours", "theirs", "ratio", "reach", "reached"], ...cells];
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const ROW_HEIGHT = 28;
const LABEL_WIDTH = 430;
const BAR_WIDTH = 330;
const MOST = 3;

/** A bar chart of the ratios: shorter is better, the line is where both are equal. */
export function renderChart(rows: readonly Row[]): string {
  const shown = rows.filter((row) => ratioOf(row) !== undefined);
  const height = shown.length * ROW_HEIGHT + 50;
  const scale = BAR_WIDTH / MOST;
  const bars = shown.map((row, index) => {
    const ratio = ratioOf(row) ?? 0;
    const y = 36 + index * ROW_HEIGHT;
    const label = escapeXml(`${row.work} / ${row.against}`);
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end">${label}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${Math.min(ratio, MOST) * scale}" height="18" fill="${row.reached ? "#2f855a" : "#c05621"}"/>`,
      `<text x="${LABEL_WIDTH + Math.min(ratio, MOST) * scale + 6}" y="${y + 14}">${ratio.toFixed(2)}</text>`,
    ].join("\n");
  });
  const equal = LABEL_WIDTH + scale;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LABEL_WIDTH + BAR_WIDTH + 60}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${LABEL_WIDTH}" y="20">time of ours / time of theirs (shorter is better; the line is 1)</text>
${bars.join("\n")}
<line x1="${equal}" y1="28" x2="${equal}" y2="${height - 10}" stroke="#4a5568" stroke-dasharray="3 3"/>
</svg>
`;
}

function formatRatio(row: Row): string {
  const ratio = ratioOf(row);
  return ratio === undefined ? "-" : `${ratio.toFixed(2)} x`;
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
