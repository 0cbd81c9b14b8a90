import type { CommandDefinition, Completion, OptionDefinition } from "./types.js";

/** What a shell may offer for the word that is being typed. */
export interface Offer {
  /** `files` and `directories` are the shell's own business. */
  readonly kind: "words" | "files" | "directories";
  /** Each with what it means; empty when there is nothing to say. */
  readonly words: readonly (readonly [word: string, meaning: string])[];
}

const NOTHING: Offer = { kind: "words", words: [] };

/**
 * Completes a command line: pure but for the names of machines, which are asked for when they fit.
 *
 * @param typed the words after `vfm`; the last one is being typed and may be empty
 */
export async function completeWords(
  typed: readonly string[],
  commands: readonly CommandDefinition[],
  globals: readonly OptionDefinition[],
  machines: () => Promise<readonly string[]>,
): Promise<Offer> {
  const current = typed.at(-1) ?? "";
  const before = typed.slice(0, -1);
  const seen = readWords(before, commands, globals);
  if (seen.waiting !== undefined)
    return offer(seen.waiting.complete ?? "nothing", current, machines);
  const { command, args } = seen;
  if (command?.passThrough === true && args.length > 0) return { kind: "files", words: [] };
  if (current.startsWith("-")) {
    const options = [...(command?.options ?? []), ...globals];
    return matching(
      options.map(({ name, summary }) => [`--${name}`, summary]),
      current,
    );
  }
  if (command === undefined) {
    return matching(
      commands.map(({ name, summary }) => [name, summary]),
      current,
    );
  }
  const wanted = command.arguments ?? [];
  const argument =
    wanted[args.length] ?? (wanted.at(-1)?.repeats === true ? wanted.at(-1) : undefined);
  if (argument === undefined) return NOTHING;
  const found = await offer(argument.complete ?? "nothing", current, machines);
  // What stands there already is not offered again.
  return { ...found, words: found.words.filter(([word]) => !args.includes(word)) };
}

interface SeenWords {
  readonly command: CommandDefinition | undefined;
  readonly args: readonly string[];
  /** The option whose value comes next. */
  readonly waiting: OptionDefinition | undefined;
}

function readWords(
  words: readonly string[],
  commands: readonly CommandDefinition[],
  globals: readonly OptionDefinition[],
): SeenWords {
  let command: CommandDefinition | undefined;
  let waiting: OptionDefinition | undefined;
  const args: string[] = [];
  for (const word of words) {
    if (waiting !== undefined) {
      waiting = undefined;
    } else if (/^-./.test(word) && (command?.passThrough !== true || args.length === 0)) {
      const name = word.replace(/^-+/, "");
      const options = [...(command?.options ?? []), ...globals];
      const option = options.find((each) => each.name === name || each.short === name);
      if (option?.value !== undefined) waiting = option;
    } else if (command === undefined) {
      command = commands.find((each) => each.name === word || each.aliases?.includes(word));
    } else args.push(word);
  }
  return { command, args, waiting };
}

async function offer(
  completion: Completion,
  current: string,
  machines: () => Promise<readonly string[]>,
): Promise<Offer> {
  switch (completion) {
    case "file":
      return { kind: "files", words: [] };
    case "directory":
      return { kind: "directories", words: [] };
    case "nothing":
      return NOTHING;
    case "machine":
      return matching(
        (await machines()).map((name) => [name, ""]),
        current,
      );
    default:
      return matching(
        completion.map((word) => [word, ""]),
        current,
      );
  }
}

function matching(words: Offer["words"], current: string): Offer {
  return { kind: "words", words: words.filter(([word]) => word.startsWith(current)) };
}
