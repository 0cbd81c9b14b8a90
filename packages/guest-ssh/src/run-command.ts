import { systemClock, withDeadline } from "@vfkit-machine/host";
import { connectSsh, type ConnectSshOptions, type SshConnection } from "./connection.js";
import { RUN_TIMEOUT_MS } from "./defaults.js";
import { describeTarget } from "./errors.js";
import type { SshCommandOptions, SshCommandResult, SshTarget } from "./types.js";

/**
 * Logs in, runs one command with the login shell of the guest's user, and closes the connection.
 * Resolves whatever the exit code. `timeoutMs` (default 60 s) covers all of it.
 *
 * A guest's SSH server does not end a command whose connection is gone: after a timeout or an abort
 * it goes on until it reads or writes. Put `timeout 60` before it where that matters.
 *
 * @param command text for the guest's shell: quote words with `quoteShell`
 * @throws MachineError those of {@link connectSsh}; `ERR_TIMEOUT`, `ERR_ABORTED`,
 *   `ERR_OUTPUT_TOO_LARGE`, `ERR_SSH_CONNECTION_LOST`, `ERR_SSH_COMMAND_REFUSED`,
 *   `ERR_SSH_INVALID_COMMAND`; what `onStdout`, `onStderr` and `stdin` throw
 */
export async function runCommand(
  target: SshTarget,
  command: string,
  options: SshCommandOptions & ConnectSshOptions = {},
): Promise<SshCommandResult> {
  const { signal, timeoutMs = RUN_TIMEOUT_MS, clock = systemClock } = options;
  const what = `${describeTarget(target)}: ${command}`;
  const opened: SshConnection[] = [];
  try {
    return await withDeadline(what, { signal, timeoutMs, clock }, async (ended) => {
      const connection = await connectSsh(target, { signal: ended, timeoutMs, clock });
      opened.push(connection);
      return connection.run(command, { ...options, signal: ended, timeoutMs });
    });
  } finally {
    for (const connection of opened) await connection.close();
  }
}
