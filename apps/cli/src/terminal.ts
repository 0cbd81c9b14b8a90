import { fstatSync, statSync, writeSync } from "node:fs";
import { systemErrorCode } from "@vfkit-machine/host/errors";

/** Where `vfm` writes: results on stdout, everything else on stderr. */
export interface Terminal {
  /** Lines or JSON that a script reads. */
  result(text: string): void;
  /** Output that is not ours and may be binary or without a last newline. */
  raw(bytes: Uint8Array): void;
  /** Progress, warnings and errors that a person reads. */
  note(text: string): void;
  /** May lines be redrawn? */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** May characters beyond ASCII be printed? */
  readonly unicode: boolean;
  /** Columns that a result may have: those of the terminal, else 80. */
  readonly columns: number;
  /** Is there a person who could answer a question? */
  readonly answers: boolean;
}

type Process = Pick<NodeJS.Process, "env" | "stdin" | "stdout" | "stderr" | "exit" | "platform">;

/**
 * Looks at the environment and at what the standard streams are, each only when it is asked for:
 * node's own stream objects take as long to make as everything else that `vfm list` does.
 */
export function openTerminal(proc: Process): Terminal {
  const { env } = proc;
  const writers = { 1: openWriter(proc, 1), 2: openWriter(proc, 2) };
  const isTty = (fd: 0 | 1 | 2): boolean =>
    mayBeTerminal(fd) && [proc.stdin, proc.stdout, proc.stderr][fd]?.isTTY === true;
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const isDumb = env["TERM"] === "dumb";
  return {
    result: (text) => writers[1](Buffer.from(`${text}\n`)),
    raw: (bytes) => writers[1](bytes),
    note: (text) => writers[2](Buffer.from(`${text}\n`)),
    get interactive() {
      return !isDumb && !isSet("CI") && isTty(2);
    },
    get colour() {
      return !isDumb && !isSet("NO_COLOR") && isTty(2);
    },
    unicode: speaksUtf8(env, proc.platform),
    get columns() {
      return isTty(1) ? proc.stdout.columns || 80 : 80;
    },
    get answers() {
      return isTty(0) && isTty(2);
    },
  };
}

/** What the locale says; macOS speaks UTF-8 when nothing is said. */
export function speaksUtf8(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((each) => (each ?? "") !== "");
  return locale === undefined ? platform === "darwin" : /utf-?8/i.test(locale);
}

/** Writes at once, so that nothing is lost when the process ends. */
function openWriter(proc: Process, fd: 1 | 2): (bytes: Uint8Array) => void {
  let streaming = false;
  return (bytes) => {
    const rest = streaming ? bytes : writeNow(proc, fd, bytes);
    if (rest.length === 0) return;
    // Somebody made it non-blocking, and its reader is slow: the stream knows how to wait.
    streaming = true;
    (fd === 1 ? proc.stdout : proc.stderr).write(rest);
  };
}

/** @returns what cannot be written without waiting */
function writeNow(proc: Process, fd: number, bytes: Uint8Array): Uint8Array {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    const code = systemErrorCode(error);
    // `vfm list | head` is not an error.
    if (code === "EPIPE") proc.exit(0);
    if (code !== "EAGAIN") throw error;
  }
  return rest;
}

/** Every terminal is one, and so is /dev/null, which is none. */
function mayBeTerminal(fd: number): boolean {
  try {
    // As bigint: Node.js keeps the numbers of the last look at a pipe or socket, and the module loader
    // then takes a symbolic link for one and no longer resolves it (lib/fs.js, realpathSync).
    const found = fstatSync(fd, { bigint: true });
    return found.isCharacterDevice() && found.rdev !== statSync("/dev/null", { bigint: true }).rdev;
  } catch (error) {
    // A closed descriptor is no terminal.
    if (systemErrorCode(error) === "EBADF") return false;
    throw error;
  }
}

type Style = "bold" | "dim" | "red" | "green" | "yellow";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

export function style(terminal: Pick<Terminal, "colour">, name: Style, text: string): string {
  if (!terminal.colour) return text;
  const [on, off] = CODES[name];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
