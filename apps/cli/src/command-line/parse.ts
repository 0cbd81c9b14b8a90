import { parseArgs } from "node:util";
import { UsageError } from "../exit-codes.js";
import { suggest } from "./suggest.js";
import type { CommandDefinition, OptionDefinition, ParsedOptions } from "./types.js";

/** A command line that was understood. */
export interface ParsedCommandLine {
  /** Undefined when no command was named. */
  readonly command: CommandDefinition | undefined;
  readonly args: readonly string[];
  readonly options: ParsedOptions;
  readonly globals: ParsedOptions;
}

/**
 * Reads a command line. Options of the program may stand before the command or among its own.
 * `--` ends the options.
 *
 * @throws UsageError
 */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly CommandDefinition[],
  globalOptions: readonly OptionDefinition[],
): ParsedCommandLine {
  const head = read(argv, globalOptions, { stopAtWord: true, what: "vfm" });
  const [name, ...rest] = head.rest;
  if (name === undefined) {
    return { command: undefined, args: [], options: {}, globals: head.options };
  }
  const command = findCommand(name, commands);
  const own = command.options ?? [];
  const tail = read(rest, [...own, ...globalOptions], {
    stopAtWord: command.passThrough === true,
    what: `vfm ${command.name}`,
  });
  const isGlobal = (key: string): boolean => globalOptions.some((option) => option.name === key);
  const split = Object.entries(tail.options);
  const parsed: ParsedCommandLine = {
    command,
    args: tail.rest,
    options: Object.fromEntries(split.filter(([key]) => !isGlobal(key))),
    globals: { ...head.options, ...Object.fromEntries(split.filter(([key]) => isGlobal(key))) },
  };
  if (parsed.globals["help"] !== true) checkArguments(command, parsed.args);
  return parsed;
}

/** @throws UsageError with the command that may be meant */
export function findCommand(
  name: string,
  commands: readonly CommandDefinition[],
): CommandDefinition {
  const found = commands.find((each) => each.name === name || each.aliases?.includes(name));
  if (found !== undefined) return found;
  const names = commands.flatMap((each) => [each.name, ...(each.aliases ?? [])]);
  throw new UsageError(
    `unknown command: ${name}`,
    didYouMean(name, names, (word) => `vfm ${word}`),
  );
}

function read(
  argv: readonly string[],
  definitions: readonly OptionDefinition[],
  { stopAtWord, what }: { readonly stopAtWord: boolean; readonly what: string },
): { readonly options: ParsedOptions; readonly rest: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(definitions.map((each) => [each.name, configOf(each)])),
    strict: false,
    tokens: true,
  });
  const options: Record<string, string | true | readonly string[]> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind !== "option") {
      // What follows belongs to somebody else: the word itself, or all that is after the `--`.
      if (stopAtWord) return { options, rest: afterWord(argv, token.index, token.kind) };
      if (token.kind === "positional") words.push(token.value);
      continue;
    }
    const { name, rawName, value, inlineValue } = token;
    const definition = definitions.find((each) => each.name === name);
    if (definition === undefined) {
      throw unknownOption(wholeWord(argv[token.index], rawName), definitions, what);
    }
    if (definition.value === undefined) {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
      options[name] = true;
      continue;
    }
    if (value === undefined || (!inlineValue && /^-./.test(value))) {
      throw new UsageError(
        `${rawName} needs a value: ${definition.value}`,
        value === undefined
          ? `--${name} ${definition.value}: ${definition.summary}`
          : `A value that begins with a hyphen: --${name}=${value}`,
      );
    }
    const before = options[name];
    if (definition.repeats === true) {
      options[name] = [...(Array.isArray(before) ? (before as string[]) : []), value];
    } else if (before !== undefined && before !== value) {
      throw new UsageError(`--${name} is given twice: ${String(before)} and ${value}`);
    } else options[name] = value;
  }
  return { options, rest: words };
}

/** `-iso x` was meant as one word, and not as `-i -s -o x`. */
function wholeWord(word: string | undefined, rawName: string): string {
  return word !== undefined && /^-[a-z][a-z-]+$/.test(word) ? word : rawName;
}

function afterWord(argv: readonly string[], index: number, kind: string): readonly string[] {
  return kind === "positional" ? argv.slice(index) : ["", ...argv.slice(index + 1)];
}

function configOf({ value, short, repeats }: OptionDefinition): {
  type: "string" | "boolean";
  short?: string;
  multiple?: boolean;
} {
  return {
    type: value === undefined ? "boolean" : "string",
    ...(short === undefined ? {} : { short }),
    ...(repeats === undefined ? {} : { multiple: repeats }),
  };
}

function checkArguments(command: CommandDefinition, args: readonly string[]): void {
  const wanted = command.arguments ?? [];
  const missing = wanted[args.length];
  if (missing?.required === true) {
    throw new UsageError(
      `vfm ${command.name} needs ${missing.name.toUpperCase()}`,
      seeHelp(command),
    );
  }
  const extra = args[wanted.length];
  if (extra === undefined || wanted.at(-1)?.repeats === true || command.passThrough === true)
    return;
  throw new UsageError(`too many arguments for vfm ${command.name}: ${extra}`, seeHelp(command));
}

function seeHelp({ name }: CommandDefinition): string {
  return `See vfm ${name} --help.`;
}

function unknownOption(
  rawName: string,
  definitions: readonly OptionDefinition[],
  what: string,
): UsageError {
  const names = definitions.map(({ name }) => name);
  const typed = rawName.replace(/^-+/, "");
  const hint = didYouMean(typed, names, (word) => `--${word}`) ?? `See ${what} --help.`;
  return new UsageError(`${what} has no option ${rawName}`, hint);
}

function didYouMean(
  typed: string,
  names: readonly string[],
  show: (word: string) => string,
): string | undefined {
  const meant = suggest(typed, names);
  return meant === undefined ? undefined : `Did you mean ${show(meant)}?`;
}
