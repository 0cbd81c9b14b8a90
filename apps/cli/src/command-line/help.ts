import type { CommandDefinition, OptionDefinition } from "./types.js";

const EXIT_CODES = `Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 a check before create failed,
4 no such machine, 5 machine busy, 6 doctor has warnings, 130/143 interrupted.`;

const WIDTH = 80;

/** `vfm --help`: what there is, and how to begin. */
export function programHelp(
  groups: readonly (readonly [string, readonly CommandDefinition[]])[],
  options: readonly OptionDefinition[],
): string {
  const commands = groups.map(
    ([title, members]) =>
      `${title}:\n${rows(members.map((each) => [namesOf(each), each.summary]))}`,
  );
  return [
    "Usage: vfm COMMAND [arguments] [options]",
    'Linux machines on macOS, through vfkit. A machine without a name is "default".',
    ...commands,
    `Options of every command:\n${optionRows(options)}`,
    examples([
      "vfm create --iso minikube",
      "vfm ssh -- uname -a",
      "vfm create c1 --iso ./boot2docker.iso --network vmnet-shared",
      "vfm list",
      "vfm stop c1",
      "vfm rm c1",
    ]),
    "vfm COMMAND --help explains a command, with examples.",
    EXIT_CODES,
  ].join("\n\n");
}

/** `vfm COMMAND --help`. */
export function commandHelp(
  command: CommandDefinition,
  globalOptions: readonly OptionDefinition[],
): string {
  const { aliases = [], description, options = [], schema } = command;
  const parts = [
    `Usage: ${usageOf(command)}`,
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
  ];
  if (description !== undefined) parts.push(description);
  if (aliases.length > 0) parts.push(`Also: ${aliases.map((name) => `vfm ${name}`).join(", ")}`);
  if (options.length > 0) parts.push(`Options:\n${optionRows(options)}`);
  parts.push(`Options of every command:\n${optionRows(globalOptions)}`);
  if (schema !== undefined) parts.push("With --json the result is JSON.");
  parts.push(examples(command.examples));
  return parts.join("\n\n");
}

/** As in `vfm stop [NAMES...] [options]`. */
export function usageOf({ name, arguments: args = [], options = [] }: CommandDefinition): string {
  const words = args.map((each) => {
    const word = `${each.name.toUpperCase()}${each.repeats === true ? "..." : ""}`;
    return each.required === true ? word : `[${word}]`;
  });
  return ["vfm", name, ...words, ...(options.length > 0 ? ["[options]"] : [])].join(" ");
}

/** As in `-a, --all` or `--memory SIZE`. */
export function optionTerm({ name, short, value }: OptionDefinition): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

/** With its default and whether it repeats. */
export function optionSummary(option: OptionDefinition): string {
  const repeats = option.repeats === true ? "; repeat for several" : "";
  const otherwise = option.default === undefined ? "" : ` (default: ${option.default})`;
  return `${option.summary}${repeats}${otherwise}`;
}

function namesOf({ name, aliases = [] }: CommandDefinition): string {
  return [name, ...aliases].join(", ");
}

function optionRows(options: readonly OptionDefinition[]): string {
  return rows(options.map((option) => [optionTerm(option), optionSummary(option)]));
}

function examples(lines: readonly string[]): string {
  return `Examples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** Two columns; the second is broken between words to stay within 80. */
function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([term]) => term.length));
  return pairs
    .map(([term, summary]) => {
      const lines = wrap(summary, WIDTH - width - 4);
      return lines
        .map((line, index) => `  ${(index === 0 ? term : "").padEnd(width)}  ${line}`)
        .join("\n");
    })
    .join("\n");
}

/** Breaks a text between words into lines of at most `width`; a longer word stays whole. */
export function wrap(summary: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of summary.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
