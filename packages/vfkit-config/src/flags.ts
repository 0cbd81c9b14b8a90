import { quote, usageError } from "./errors.js";
import { parseGoBool, parseGoUint } from "./go-values.js";
import { parseQuotedList } from "./quoted-list.js";

/**
 * vfkit's flags, as Go's pflag reads them: `--name value`, `--name=value`, `-x value`, `-xvalue`,
 * `-x=value`, several one-letter flags in one word; `--` ends them; the last of several wins, but
 * devices and lists add up; other words are kept apart, wherever they stand.
 */

type FlagType = "string" | "uint" | "bool" | "list";

export type FlagName =
  | "kernel"
  | "initrd"
  | "kernel-cmdline"
  | "bootloader"
  | "cpus"
  | "memory"
  | "device"
  | "timesync"
  | "log-level"
  | "restful-uri"
  | "ignition"
  | "cloud-init"
  | "pidfile"
  | "gui"
  | "nested"
  | "help"
  | "version";

/** A flag without a one-letter form has the empty text there. */
const FLAGS: Readonly<Record<FlagName, { readonly short: string; readonly type: FlagType }>> = {
  kernel: { short: "k", type: "string" },
  initrd: { short: "i", type: "string" },
  "kernel-cmdline": { short: "C", type: "string" },
  bootloader: { short: "b", type: "list" },
  cpus: { short: "c", type: "uint" },
  memory: { short: "m", type: "uint" },
  device: { short: "d", type: "string" },
  timesync: { short: "t", type: "string" },
  "log-level": { short: "", type: "string" },
  "restful-uri": { short: "", type: "string" },
  ignition: { short: "", type: "string" },
  "cloud-init": { short: "", type: "list" },
  pidfile: { short: "", type: "string" },
  gui: { short: "", type: "bool" },
  nested: { short: "n", type: "bool" },
  help: { short: "h", type: "bool" },
  version: { short: "v", type: "bool" },
};

const BY_LETTER = new Map<string, FlagName>(
  (Object.keys(FLAGS) as FlagName[]).map((name) => [FLAGS[name].short, name]),
);

export interface ParsedFlags {
  /** Every value each flag was given, in order. */
  readonly values: ReadonlyMap<FlagName, readonly string[]>;
  /** What is not a flag. vfkit ignores it. */
  readonly words: readonly string[];
}

/** @throws MachineError `ERR_VFKIT_USAGE` */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const values = new Map<FlagName, string[]>();
  const words: string[] = [];
  const rest = [...argv];
  const set = (name: FlagName, spelling: string, value: string | undefined): void => {
    const given = value ?? (FLAGS[name].type === "bool" ? "true" : rest.shift());
    if (given === undefined) throw usageError(`flag needs an argument: ${spelling}`);
    refuseInvalid(name, given);
    values.set(name, [...(values.get(name) ?? []), given]);
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      words.push(...rest);
      break;
    }
    if (word.startsWith("--")) setLong(word, set);
    else if (word.startsWith("-") && word !== "-") setShort(word, set);
    else words.push(word);
  }
  return { values, words };
}

type SetFlag = (name: FlagName, spelling: string, value: string | undefined) => void;

function setLong(word: string, set: SetFlag): void {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (name === "" || name.startsWith("-")) throw usageError(`bad flag syntax: ${quote(word)}`);
  if (!Object.hasOwn(FLAGS, name)) throw usageError(`unknown flag: ${quote(`--${name}`)}`);
  set(name as FlagName, `--${name}`, value);
}

function setShort(word: string, set: SetFlag): void {
  let letters = word.slice(1);
  while (letters !== "") {
    // pflag leaves the flags of `go test` alone, in every program.
    if (letters.startsWith("test.")) return;
    const letter = letters.slice(0, 1);
    const name = BY_LETTER.get(letter);
    if (name === undefined) {
      throw usageError(`unknown shorthand flag: ${quote(letter)} in ${quote(word)}`);
    }
    const hasEquals = letters.length > 2 && letters[1] === "=";
    const takesRest = FLAGS[name].type !== "bool" && letters.length > 1;
    if (hasEquals) set(name, word, letters.slice(2));
    else if (takesRest) set(name, word, letters.slice(1));
    else set(name, word, undefined);
    letters = hasEquals || takesRest ? "" : letters.slice(1);
  }
}

function refuseInvalid(name: FlagName, value: string): void {
  const { type } = FLAGS[name];
  const expected =
    type === "uint" && parseGoUint(value) === undefined
      ? "a whole number of 64 bits, without sign"
      : type === "bool" && parseGoBool(value) === undefined
        ? "true or false"
        : type === "list" && parseQuotedList(value) === undefined
          ? "double quotes in pairs"
          : undefined;
  if (expected === undefined) return;
  throw usageError(`invalid value for --${name}: ${quote(value)}`, `Expected ${expected}.`);
}
