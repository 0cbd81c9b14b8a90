import { fstatSync, statSync, writeSync } from "node:fs";
import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";

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
  // Whoever read it has gone, as in `vfm stop --all | head`: the work goes on, and the exit code tells.
  const result = openWriter(proc, 1, (error) => {
    if (systemErrorCode(error) !== "EPIPE") throw cannotWrite(error);
  });
  const raw = openWriter(proc, 1, (error) => {
    // `vfm logs --follow | head` is not an error, and has no other end.
    if (systemErrorCode(error) === "EPIPE") proc.exit(0);
    throw cannotWrite(error);
  });
  // There is nobody left to be told.
  const note = openWriter(proc, 2, () => {});
  const isTty = (fd: 0 | 1 | 2): boolean =>
    mayBeTerminal(fd) && [proc.stdin, proc.stdout, proc.stderr][fd]?.isTTY === true;
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const isDumb = env["TERM"] === "dumb";
  return {
    result: (text) => result(Buffer.from(`${text}\n`)),
    raw,
    note: (text) => note(Buffer.from(`${text}\n`)),
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

/**
 * Writes at once, so that nothing is lost when the process ends.
 *
 * @param onFailure gets the system's error when the bytes cannot be written
 */
function openWriter(
  proc: Process,
  fd: 1 | 2,
  onFailure: (error: unknown) => void,
): (bytes: Uint8Array) => void {
  let stream: NodeJS.WriteStream | undefined;
  return (bytes) => {
    const rest = stream === undefined ? writeNow(fd, bytes, onFailure) : bytes;
    if (rest.length === 0) return;
    // Somebody made it non-blocking, and its reader is slow: the stream knows how to wait.
    stream ??= (fd === 1 ? proc.stdout : proc.stderr).on("error", onFailure);
    stream.write(rest);
  };
}

const NOTHING = new Uint8Array();

/** @returns what cannot be written without waiting */
function writeNow(fd: number, bytes: Uint8Array, onFailure: (error: unknown) => void): Uint8Array {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    return rest;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === "EAGAIN") return rest;
    onFailure(error);
    return NOTHING;
  }
}

function cannotWrite(error: unknown): MachineError {
  return new MachineError(`cannot write to standard output: ${systemErrorCode(error)}`, {
    code: "ERR_OUTPUT",
    cause: error,
  });
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
