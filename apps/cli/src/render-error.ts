import { isMachineError } from "@vfkit-machine/host/errors";
import { stripControlCharacters } from "@vfkit-machine/host/text";
import { UsageError } from "./exit-codes.js";
import { style, type Terminal } from "./terminal.js";

/** Message, causes and hint, for a person; with `debug` the stack as well. */
export function renderError(terminal: Terminal, error: unknown, debug: boolean): string {
  const lines = [`${style(terminal, "red", "error:")} ${messageOf(error)}`];
  for (const cause of causesOf(error)) lines.push(`  because: ${messageOf(cause)}`);
  const hint = hintOf(error);
  if (hint !== undefined)
    lines.push(`${style(terminal, "bold", "hint:")} ${stripControlCharacters(hint)}`);
  else if (error instanceof UsageError) lines.push("Run vfm --help to see what there is.");
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return lines.join("\n");
}

/** The same for machines. */
export function errorToJson(error: unknown, debug = false): Readonly<Record<string, unknown>> {
  return {
    error: {
      code: isMachineError(error)
        ? error.code
        : error instanceof UsageError
          ? "ERR_USAGE"
          : "ERR_INTERNAL",
      message: messageOf(error),
      hint: hintOf(error) ?? null,
      causes: causesOf(error).map(messageOf),
      ...(debug && error instanceof Error ? { stack: error.stack } : {}),
    },
  };
}

/** The hint nearest to the surface: an outer error knows more of what the person wanted. */
function hintOf(error: unknown): string | undefined {
  for (const each of [error, ...causesOf(error)]) {
    if ((isMachineError(each) || each instanceof UsageError) && each.hint !== undefined)
      return each.hint;
  }
  return undefined;
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < 5) {
    const said = [error, ...causes].map(messageOf).join("\n");
    if (!isSaid(cause, said)) causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Says a message already what a cause says? Of a system error that is its path: the rest is `ENOENT`. */
function isSaid(cause: unknown, message: string): boolean {
  if (message.includes(messageOf(cause))) return true;
  if (!(cause instanceof Error) || !("path" in cause)) return false;
  return typeof cause.path === "string" && message.includes(cause.path);
}

function messageOf(error: unknown): string {
  return stripControlCharacters(error instanceof Error ? error.message : String(error));
}
