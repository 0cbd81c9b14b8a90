/**
 * Does a command line, as {@link inspectProcess} and {@link listProcesses} give it, hold these words
 * in a row? `words` is a text such as `--socket /a b/c.sock`, whole words of the line.
 *
 * Where `ps` printed the line it has spelt out what is not ASCII: that spelling counts as well.
 */
export function namesWords(command: string, words: string): boolean {
  const line = ` ${command} `;
  return line.includes(` ${words} `) || line.includes(` ${asPsPrints(words)} `);
}

/**
 * A text as macOS' `ps` prints it in the C locale: vis(3) with `VIS_TAB | VIS_NL | VIS_NOSLASH`
 * (adv_cmds, ps/print.c). Tab, line feed and a no-break space become an octal number, other control
 * characters `^X`, and each byte from 0x80 on has an `M` before it: `é` is `M-CM-)`.
 */
export function asPsPrints(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), printed).join("");
}

function printed(byte: number): string {
  const isSpelt = byte === 0x09 || byte === 0x0a || byte === 0xa0;
  if (isSpelt) return `\\${byte.toString(8).padStart(3, "0")}`;
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  const meta = byte >= 0x80 ? "M" : "";
  const low = byte & 0x7f;
  if (low >= 0x20 && low < 0x7f) return `${meta}-${String.fromCharCode(low)}`;
  return `${meta}^${low === 0x7f ? "?" : String.fromCharCode(low + 0x40)}`;
}
