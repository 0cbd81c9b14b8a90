import { MachineError } from "@vfkit-machine/host";
import { describeTarget } from "./errors.js";
import type { SshTarget } from "./types.js";

export function connectionLost(target: SshTarget, command: string, cause?: unknown): MachineError {
  return new MachineError(
    `${describeTarget(target)}: the connection was lost before the end of ${JSON.stringify(command)}`,
    { code: "ERR_SSH_CONNECTION_LOST", cause },
  );
}

export function commandRefused(target: SshTarget, command: string, cause: unknown): MachineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MachineError(
    `${describeTarget(target)} does not run ${JSON.stringify(command)}: ${why}`,
    { code: "ERR_SSH_COMMAND_REFUSED", cause },
  );
}

export function outputTooLarge(target: SshTarget, command: string, maxBytes: number): MachineError {
  return new MachineError(
    `${describeTarget(target)}: ${JSON.stringify(command)} printed more than ${maxBytes} bytes`,
    {
      code: "ERR_OUTPUT_TOO_LARGE",
      hint: "Take the output as it comes with onStdout and onStderr, or raise maxOutputBytes.",
    },
  );
}
