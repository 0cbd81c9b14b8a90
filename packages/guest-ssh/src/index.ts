export { connectSsh, type ConnectSshOptions, type SshConnection } from "./connection.js";
export { SshAttemptError } from "./errors.js";
export { forgetHostKey } from "./host-keys.js";
export {
  generateKeyPair,
  writeKeyPair,
  type KeyPair,
  type KeyPairFiles,
  type KeyPairOptions,
} from "./key-pair.js";
export { openShell, type OpenShellOptions } from "./open-shell.js";
export { quoteShell } from "./quote-shell.js";
export { overlapDelayMs, retryDelayMs, type RetryState } from "./retry-schedule.js";
export { runCommand } from "./run-command.js";
export { sshArgv, sshConfigBlock, type SshArgvOptions } from "./ssh-argv.js";
export type { SshCommandOptions, SshCommandResult, SshFailureReason, SshTarget } from "./types.js";
export {
  waitForSsh,
  type FailedAttempt,
  type SshAnswer,
  type WaitForSshOptions,
} from "./wait-for-ssh.js";
