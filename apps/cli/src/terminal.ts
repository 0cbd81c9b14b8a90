/** Where `vfm` writes: results on stdout, everything else on stderr. */
export interface Terminal {
  /** Lines or JSON that a script reads. */
  result(text: string): void;
  /** Progress, warnings and errors that a person reads. */
  note(text: string): void;
  /** May lines be redrawn and coloured? */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** Columns of the terminal; 80 when there is none. */
  readonly columns: number;
}

export function openTerminal(proc: NodeJS.Process): Terminal {
  const { env, stdout, stderr } = proc;
  const dumb = env["TERM"] === "dumb";
  const interactive = stderr.isTTY && !dumb && (env["CI"] ?? "") === "";
  return {
    result: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    interactive,
    colour: stderr.isTTY && !dumb && (env["NO_COLOR"] ?? "") === "",
    columns: stdout.columns || 80,
  };
}

type Style = "bold" | "dim" | "red" | "green" | "yellow";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

export function style(terminal: Terminal, name: Style, text: string): string {
  if (!terminal.colour) return text;
  const [on, off] = CODES[name];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
