import { MachineError } from "@vfkit-machine/host";

// No `=`, `~` or `%`: they mean something at the start of a word. Reserved words need quotes too.
const PLAIN = /^[A-Za-z0-9_@+:,./-]+$/;
const RESERVED =
  /^(?:case|coproc|do|done|elif|else|esac|fi|for|function|if|in|select|then|time|until|while)$/;

/**
 * Joins words into one command line that a POSIX shell in the guest splits into the same words
 * again, whatever they hold.
 *
 * @throws MachineError `ERR_SSH_INVALID_COMMAND` for a word with a NUL, which no argument can hold
 */
export function quoteShell(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (word.includes("\0")) {
    throw new MachineError(`not an argument, it holds a NUL: ${JSON.stringify(word)}`, {
      code: "ERR_SSH_INVALID_COMMAND",
    });
  }
  if (PLAIN.test(word) && !RESERVED.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
