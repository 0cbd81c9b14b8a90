import { MachineError } from "@vfkit-machine/host/errors";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * A machine's name is a directory's name, a part of file names and often a host name.
 *
 * @returns `name`, when it is 1 to 63 of `a-z A-Z 0-9 . _ -` and begins with a letter or digit
 * @throws MachineError `ERR_CHECK_NAME`
 */
export function parseMachineName(name: unknown): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new MachineError(`not a machine name: ${quoted(name)}`, {
    code: "ERR_CHECK_NAME",
    hint: "Use 1 to 63 letters, digits, dots, underscores and hyphens, beginning with a letter or digit.",
  });
}

/** Is this directory entry one that could be a machine? Everything of ours that is none begins with a dot. */
export function isMachineName(name: string): boolean {
  return NAME.test(name);
}

/** @throws MachineError `ERR_MACHINE_NOT_FOUND` for what can be no machine's name */
export function requireKnownName(name: string): void {
  if (isMachineName(name)) return;
  throw new MachineError(`there is no machine ${quoted(name)}: that is not a name`, {
    code: "ERR_MACHINE_NOT_FOUND",
  });
}

/** A value for an error message: as JSON, and never longer than a line. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
