import { isMachineError } from "@vfkit-machine/host/errors";

/** What `vfm` exits with. Part of its interface: see the README. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  preCheckFailed: 3,
  noSuchMachine: 4,
  busy: 5,
  /** Of `vfm doctor` alone. */
  warnings: 6,
  interrupted: 130,
  terminated: 143,
} as const;

/** Wrong use of the command line: exit code 2, with a pointer to `--help`. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

const BY_CODE: Readonly<Record<string, number>> = {
  ERR_MACHINE_NOT_FOUND: EXIT.noSuchMachine,
  ERR_MACHINE_BUSY: EXIT.busy,
};

/** @param preCheck the error came from a pre-create check: whatever it is, nothing was made */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (!isMachineError(error)) return EXIT.failure;
  if (error.code.startsWith("ERR_CHECK_")) return EXIT.preCheckFailed;
  return BY_CODE[error.code] ?? EXIT.failure;
}
