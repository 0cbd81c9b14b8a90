/**
 * Removes what could steer a terminal: C0 and C1 control characters other than tab and newline,
 * whole ANSI escape sequences, and bidirectional overrides. For anything written by a guest, a log
 * or a child process.
 */
export function stripControlCharacters(text: string): string {
  return text
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, "")
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]?/g, "")
    .replace(/\u001b[@-Z\\-_]?/g, "")
    .replace(/\r\n/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
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
