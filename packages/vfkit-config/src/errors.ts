import { MachineError } from "@vfkit-machine/host/errors";

/** Something about a machine that vfkit would refuse, or would take for something else. */
export interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `ERR_VFKIT_USAGE`: a command line that vfkit would not run. */
export function usageError(message: string, hint?: string): MachineError {
  return new MachineError(message, { code: "ERR_VFKIT_USAGE", hint });
}

/** `ERR_VFKIT_CONFIG`: an object that no command line of vfkit says. */
export function configError({ message, hint }: Problem): MachineError {
  return new MachineError(message, { code: "ERR_VFKIT_CONFIG", hint });
}

/** A value as it stands in a message: quoted, escaped, and cut when it is very long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
