import { MachineError, systemErrorCode, timeoutError } from "./errors.js";
import type { CommandResult, ProcessEnd } from "./runner.js";
import { lastLines, quoteArgv } from "./text.js";

/** As in "exited with code 1" or "was ended by SIGKILL". */
export function describeEnd(end: ProcessEnd): string {
  return end.signal === undefined
    ? `exited with code ${end.exitCode}`
    : `was ended by ${end.signal}`;
}

/**
 * `ERR_COMMAND_FAILED` for a command that ended as it should not: its argv, its end, and the last
 * lines of its stderr (of its stdout when stderr is empty).
 */
export function commandFailedError(
  result: CommandResult,
  options: { readonly code?: string; readonly hint?: string | undefined } = {},
): MachineError {
  const lines = lastLines(result.stderr.trim() === "" ? result.stdout : result.stderr);
  const said = lines.length === 0 ? " and printed nothing" : `:\n${indent(lines)}`;
  return new MachineError(`${quoteArgv(result.argv)} ${describeEnd(result)}${said}`, {
    code: options.code ?? "ERR_COMMAND_FAILED",
    hint: options.hint,
  });
}

/** What a command has printed, however it ended. */
export type CommandOutput = Pick<CommandResult, "argv" | "stdout" | "stderr">;

/** `ERR_TIMEOUT` for a command that was cut off: the last lines of its stdout and of its stderr tell where it stood. */
export function commandTimeoutError(output: CommandOutput, timeoutMs: number): MachineError {
  const { message, code } = timeoutError(quoteArgv(output.argv), timeoutMs);
  const said = (["stdout", "stderr"] as const)
    .map((name) => ({ name, lines: lastLines(output[name]) }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ name, lines }) => `the end of its ${name}:\n${indent(lines)}`);
  return new MachineError([message, ...said].join("\n"), { code });
}

/** Returns `result` when it exited with code 0. @throws MachineError `ERR_COMMAND_FAILED` */
export function assertSuccess(
  result: CommandResult,
  options: { readonly code?: string; readonly hint?: string | undefined } = {},
): CommandResult {
  if (result.exitCode === 0) return result;
  throw commandFailedError(result, options);
}

/** The error for a program that could not be started at all. */
export function spawnError(file: string, error: unknown): MachineError {
  const code = systemErrorCode(error);
  if (code === "ENOENT") {
    return new MachineError(`command not found: ${file}`, {
      code: "ERR_COMMAND_NOT_FOUND",
      cause: error,
    });
  }
  return new MachineError(`cannot execute ${file}: ${code ?? String(error)}`, {
    code: "ERR_COMMAND_NOT_EXECUTABLE",
    hint: code === "EACCES" ? `Check that ${file} is executable.` : undefined,
    cause: error,
  });
}

/** Lines of a child's output under a message. */
export function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
