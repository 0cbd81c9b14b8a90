/**
 * The list syntax of `--bootloader` and `--cloud-init`: items with commas between them, double
 * quotes, no escape character. A comma within quotes does not separate. The quotes stay part of the
 * item, unless it both starts and ends with one: then every quote at both its ends goes.
 * (vfkit's pkg/cmdline/string_slice.go.)
 */

/** Reads a list. @returns undefined when a quote has no partner */
export function parseQuotedList(text: string): string[] | undefined {
  const items: string[] = [];
  let item = "";
  let quoted = false;
  for (const character of text) {
    if (character === "," && !quoted) {
      items.push(trimQuotes(item));
      item = "";
      continue;
    }
    if (character === '"') quoted = !quoted;
    item += character;
  }
  if (quoted) return undefined;
  const last = trimQuotes(item);
  // An empty text is an empty list, but "a," is two items.
  if (items.length > 0 || last !== "") items.push(last);
  return items;
}

/**
 * Writes one item so that {@link parseQuotedList} reads it back. A quote in the middle can still be
 * said, with quotes at the ends to even out their number, as long as every comma falls within quotes.
 *
 * @returns undefined when no spelling says it
 */
export function quoteItem(item: string): string | undefined {
  // More quotes at either end only repeat one of these.
  const spellings = [item, `"${item}"`, `""${item}"`, `"${item}""`, `""${item}""`];
  return spellings.find((spelling) => {
    const read = parseQuotedList(spelling);
    return read?.length === 1 && read[0] === item;
  });
}

/** Removes the quotes at both ends when there is one at each. A lone quote is both: nothing is left of it. */
export function trimQuotes(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  let start = 0;
  let end = text.length;
  while (text[start] === '"') start += 1;
  while (end > start && text[end - 1] === '"') end -= 1;
  return text.slice(start, end);
}
