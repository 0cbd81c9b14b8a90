import { quote, usageError } from "./errors.js";
import { parseGoBool } from "./go-values.js";

/**
 * The commands for shells that Go's cobra adds to every program: `completion SHELL`, and the hidden
 * ones that its scripts call. vfkit's own flags do not exist for them.
 */

const HIDDEN_COMMANDS = new Set(["__complete", "__completeNoDesc"]);
const SHELLS = new Set(["bash", "zsh", "fish", "powershell"]);
const FLAGS_WITHOUT_VALUE = new Set(["--gui", "--nested", "-n"]);

/**
 * Does the command line ask for vfkit's shell completion?
 *
 * @throws MachineError `ERR_VFKIT_USAGE` when it does, with arguments that the command does not take
 */
export function asksForCompletion(argv: readonly string[]): boolean {
  const at = firstWord(argv, FLAGS_WITHOUT_VALUE);
  const command = argv[at] ?? "";
  const rest = argv.toSpliced(at, 1);
  if (HIDDEN_COMMANDS.has(command)) {
    if (rest.length === 0) throw usageError(`${command} needs an argument`);
    return true;
  }
  if (at === -1 || command !== "completion") return false;
  const shellAt = firstWord(rest, new Set());
  const shell = SHELLS.has(rest[shellAt] ?? "") ? rest[shellAt] : undefined;
  checkArguments(shell === undefined ? rest : rest.toSpliced(shellAt, 1), shell);
  return true;
}

/**
 * Where the first word is that is neither a flag nor a flag's value. Cobra takes what follows a flag
 * for its value, also of a flag that it does not know.
 *
 * @returns -1 when there is none
 */
function firstWord(argv: readonly string[], withoutValue: ReadonlySet<string>): number {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--") return -1;
    const isFlag = word.startsWith("-");
    if (!isFlag && word !== "") return index;
    const mayTakeNext = word.startsWith("--") || (isFlag && word.length === 2);
    if (mayTakeNext && !word.includes("=") && !withoutValue.has(word)) index += 1;
  }
  return -1;
}

/** Without a shell, or when asked for it, the command shows its help, whatever words follow. */
function checkArguments(rest: readonly string[], shell: string | undefined): void {
  const end = rest.indexOf("--");
  const given = end === -1 ? rest : rest.slice(0, end);
  const words = [...given.filter((word) => !isFlag(word)), ...rest.slice(given.length + 1)];
  const flag = given.filter(isFlag).find((word) => !isKnownFlag(word, shell));
  if (flag !== undefined) throw usageError(`unknown flag for completion: ${quote(flag)}`);
  if (shell === undefined || words.length === 0 || given.some(asksForHelp)) return;
  throw usageError(`too many arguments for completion ${shell}: ${quote(words[0])}`);
}

function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

function isKnownFlag(word: string, shell: string | undefined): boolean {
  // pflag leaves the flags of `go test` alone, in every program.
  if (/^-h*test\./.test(word)) return true;
  const [, name, value = "true"] = /^-(-help|-no-descriptions|h+)(?:=(.+))?$/s.exec(word) ?? [];
  if (name === undefined || parseGoBool(value) === undefined) return false;
  return name !== "-no-descriptions" || shell !== undefined;
}

/** Of a flag that is known. */
function asksForHelp(word: string): boolean {
  const found = /^-(?:-help|h+)(?:=(.+)|test\..*)?$/s.exec(word);
  return found !== null && parseGoBool(found[1] ?? "true") === true;
}
