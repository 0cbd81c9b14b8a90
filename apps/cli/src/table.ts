/**
 * Columns as wide as their content, two spaces apart, no trailing blanks. When that is wider than
 * the terminal, the first column, which holds names, is shortened in its middle.
 *
 * @param rows cells are printed as they are: control characters must be gone already
 * @param columns of the terminal
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const table = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const [first = 0] = widths;
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.min(first, Math.max(NARROWEST, columns - others));
  return table
    .map((row) =>
      row
        .map((cell, column) => shorten(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A name cut shorter says too little to be worth a line. */
const NARROWEST = 12;

function shorten(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const tail = Math.floor((width - 2) / 2);
  return `${cell.slice(0, width - 2 - tail)}..${cell.slice(cell.length - tail)}`;
}
