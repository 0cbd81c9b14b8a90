import type { CliContext } from "../cli-context.js";

/** What runs a command: its positional arguments and its own options. */
export type Action = (
  cli: CliContext,
  args: readonly string[],
  options: ParsedOptions,
) => Promise<number>;

/** Options by their long name: text, `true` for one without a value, a list for one that repeats. */
export type ParsedOptions = Readonly<Record<string, string | true | readonly string[] | undefined>>;

/** What the shell may offer in a place. */
export type Completion = "machine" | "file" | "directory" | "nothing" | readonly string[];

export interface OptionDefinition {
  /** Long name without its hyphens, as in `extra-disk`. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Placeholder of its value, as in `SIZE`; left out for an option without one. */
  readonly value?: string;
  readonly repeats?: boolean;
  readonly summary: string;
  /** As a person would type it. */
  readonly default?: string;
  readonly complete?: Completion;
}

export interface ArgumentDefinition {
  /** As in `name`. */
  readonly name: string;
  readonly required?: boolean;
  readonly repeats?: boolean;
  readonly complete?: Completion;
}

/** Everything that parsing, help, completion and the reference know of a command. */
export interface CommandDefinition {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, beginning with a small letter. */
  readonly summary: string;
  /** More, for the command's own help; lines of up to 80 columns. */
  readonly description?: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** File in docs/cli/schemas that describes the result of `--json`; left out when there is none. */
  readonly schema?: string;
  /** What follows the first argument belongs to somebody else. */
  readonly passThrough?: boolean;
  /** Loads the code. */
  readonly load: () => Promise<Action>;
}
