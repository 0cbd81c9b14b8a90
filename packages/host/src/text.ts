/**
 * Removes what could steer a terminal: C0 and C1 control characters other than tab and newline,
 * whole ANSI escape sequences (ECMA-48), and the characters that change the direction of text. For
 * anything written by a guest, a log or a child process.
 */
export function stripControlCharacters(text: string): string {
  return (
    text
      // OSC, DCS, SOS, PM, APC: a string up to its terminator. An unterminated one ends with its
      // line, so that it cannot hide the rest of a log.
      .replace(
        /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g,
        "",
      )
      // CSI: parameters, intermediates, a final byte.
      .replace(/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g, "")
      // All others, as in ESC ( B, ESC 7, ESC c.
      .replace(/\u001b[ -/]*[0-~]?/g, "")
      .replace(/\r\n/g, "\n")
      .replace(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
        "",
      )
  );
}

/** The last `count` lines that are not blank, without control characters, each at most 500 characters. */
export function lastLines(text: string, count = 10): string[] {
  return stripControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count)
    .map((line) => (line.length > 500 ? `${line.slice(0, 500)}...` : line));
}

/** A command line as a person would type it into a POSIX shell. For messages and copying, never for execution. */
export function quoteArgv(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
