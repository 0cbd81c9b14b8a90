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

const ROW_HEIGHT = 40;
const BAR_WIDTH = 330;
const MOST = 3;
/** Of a letter at 12 px in any sans-serif font, so that no label loses its beginning. */
const LETTER_WIDTH = 6.8;

/** A bar chart of the ratios: shorter is better, the line is where both are equal. */
export function renderChart(rows: readonly Row[]): string {
  const shown = rows.filter((row) => ratioOf(row) !== undefined);
  const height = shown.length * ROW_HEIGHT + 50;
  const scale = BAR_WIDTH / MOST;
  const longest = Math.max(0, ...shown.flatMap((row) => linesOf(row).map(({ length }) => length)));
  const labelWidth = Math.ceil(longest * LETTER_WIDTH) + 16;
  const bars = shown.map((row, index) => {
    const ratio = ratioOf(row) ?? 0;
    const y = 36 + index * ROW_HEIGHT;
    const [work, against] = linesOf(row).map((line) => escapeXml(line));
    const end = labelWidth + Math.min(ratio, MOST) * scale;
    return [
      `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${work}</text>`,
      `<text x="${labelWidth - 8}" y="${y + 27}" text-anchor="end" fill="#57606a">${against}</text>`,
      `<rect x="${labelWidth}" y="${y + 4}" width="${end - labelWidth}" height="22" fill="${row.reached ? "#2f855a" : "#c05621"}"/>`,
      `<text x="${end + 6}" y="${y + 19}">${ratio.toFixed(2)}${ratio > MOST ? " (cut off)" : ""}</text>`,
    ].join("\n");
  });
  const equal = labelWidth + scale;
  const width = labelWidth + BAR_WIDTH + 110;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${labelWidth}" y="20">time of ours / time of theirs (shorter is better; the line is 1)</text>
${bars.join("\n")}
<line x1="${equal}" y1="28" x2="${equal}" y2="${height - 10}" stroke="#4a5568" stroke-dasharray="3 3"/>
</svg>
`;
}

/** What is measured, and below it what with. */
function linesOf({ work, against }: Row): readonly [string, string] {
  return [work, `against ${against}`];
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
