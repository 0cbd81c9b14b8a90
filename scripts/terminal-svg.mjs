// Draws what a terminal shows: text with ANSI colours on stdin, an SVG picture on stdout.
//   tmux capture-pane -e -J -p -S - | node scripts/terminal-svg.mjs > docs/images/demo.svg
import { readFileSync } from "node:fs";

const COLOURS = {
  31: "#e5534b",
  32: "#57ab5a",
  33: "#c69026",
  34: "#539bf5",
  36: "#39c5cf",
  90: "#768390",
};
const CELL_WIDTH = 7.8;
const LINE_HEIGHT = 17;
const PADDING = 14;

const lines = readFileSync(0, "utf8").replace(/\s+$/, "").split("\n").map(parseLine);
const columns = Math.max(
  ...lines.map((spans) => spans.reduce((sum, { text }) => sum + text.length, 0)),
);
const width = Math.ceil(columns * CELL_WIDTH + PADDING * 2);
const height = lines.length * LINE_HEIGHT + PADDING * 2;

process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#cdd9e5">
${lines.map(drawLine).join("\n")}
</g>
</svg>
`);

/** A line as pieces of one style each. */
function parseLine(line) {
  const spans = [];
  let style = {};
  for (const piece of line.split(/(\u001b\[[0-9;]*m)/)) {
    const codes = /^\u001b\[([0-9;]*)m$/.exec(piece)?.[1];
    if (codes !== undefined) style = applyCodes(style, codes);
    else if (piece !== "") spans.push({ text: piece, ...style });
  }
  return spans;
}

function applyCodes(style, codes) {
  let { bold, dim, colour } = style;
  for (const code of codes.split(";")) {
    if (code === "" || code === "0") ({ bold, dim, colour } = {});
    else if (code === "1") bold = true;
    else if (code === "2") dim = true;
    else if (code === "22") bold = dim = false;
    else if (code === "39") colour = undefined;
    else colour = COLOURS[code] ?? colour;
  }
  return { bold, dim, colour };
}

function drawLine(spans, row) {
  const y = PADDING + (row + 0.75) * LINE_HEIGHT;
  let column = 0;
  const pieces = spans.map(({ text: whole, bold, dim, colour }) => {
    // Some readers drop the spaces at the beginning of a piece.
    const text = whole.trimStart();
    column += whole.length - text.length;
    const x = (PADDING + column * CELL_WIDTH).toFixed(1);
    column += text.length;
    const look = [
      colour === undefined ? "" : ` fill="${colour}"`,
      bold ? ' font-weight="bold"' : "",
      dim ? ' fill-opacity="0.6"' : "",
    ].join("");
    return `<tspan x="${x}" textLength="${(text.length * CELL_WIDTH).toFixed(1)}"${look}>${escape(text)}</tspan>`;
  });
  return `<text y="${y.toFixed(1)}">${pieces.join("")}</text>`;
}

function escape(text) {
  // Browsers fold ordinary spaces in SVG.
  return text
    .replaceAll(" ", "\u00a0")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
