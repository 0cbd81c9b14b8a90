/** What {@link MachineError} takes beside its message. */
export interface MachineErrorOptions {
  /** Stable, machine-readable: `ERR_` and upper-case words. Listed in the README of the package that throws it. */
  readonly code: string;
  /** What the person does next, as one or two sentences. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of vfkit-machine. The message says what failed, on which path, pid or command,
 * and what was seen; `hint` says what to do next. Bugs of our own stay plain `Error`s.
 */
export class MachineError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: MachineErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MachineError";
    this.code = options.code;
    this.hint = options.hint;
  }

  /**
   * By name, for `instanceof MachineError`: each package may bring a copy of this class, and two versions
   * of one may meet in a program. What extends it is told by its own class.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== MachineError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof Error && value.name === "MachineError" && "code" in value;
  }
}

/** Is `error` a {@link MachineError}, and, when codes are given, one with such a code? */
export function isMachineError(error: unknown, ...codes: readonly string[]): error is MachineError {
  return error instanceof MachineError && (codes.length === 0 || codes.includes(error.code));
}

/** `ERR_TIMEOUT`: `what` (as in "waiting for SSH on 192.168.64.3:22") took longer than it may. */
export function timeoutError(what: string, timeoutMs: number, hint?: string): MachineError {
  return new MachineError(`${what}: gave up after ${formatMs(timeoutMs)}`, {
    code: "ERR_TIMEOUT",
    hint,
  });
}

/** `ERR_ABORTED`: the caller's signal ended `what`; the signal's reason is the cause. */
export function abortedError(what: string, signal?: AbortSignal): MachineError {
  return new MachineError(`${what}: aborted`, { code: "ERR_ABORTED", cause: signal?.reason });
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`, ...), else undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function formatMs(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
