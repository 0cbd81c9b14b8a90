export { CleanupStack } from "./cleanup-stack.js";
export { systemClock, type Clock } from "./clock.js";
export { assertSuccess, commandFailedError, describeEnd, indent } from "./command-errors.js";
export { armDeadline, withDeadline, type DeadlineOptions, type WaitOptions } from "./deadline.js";
export {
  abortedError,
  isMachineError,
  MachineError,
  systemErrorCode,
  timeoutError,
  type MachineErrorOptions,
} from "./errors.js";
export { createRunner } from "./execa-runner.js";
export {
  readFileBounded,
  readLastLines,
  readTree,
  removeIfPresent,
  removeTree,
  writeFileAtomic,
} from "./files.js";
export { findExecutable, isExecutable } from "./find-executable.js";
export { createHost, type Host, type NetworkInterfaces } from "./host.js";
export { silentLogger, type Logger } from "./logger.js";
export {
  formatMacAddress,
  isLocallyAdministered,
  isUnicast,
  parseMacAddress,
  tryParseMacAddress,
  type MacAddress,
} from "./mac-address.js";
export { parseMacosVersion, readMacosVersion, type MacosVersion } from "./macos-version.js";
export { MACOS_PATHS, type HostPaths } from "./paths.js";
export {
  inspectProcess,
  isAlive,
  sendSignal,
  signalProcess,
  type ProcessIdentity,
  type ProcessInfo,
} from "./process-identity.js";
export { descendantsOf, listProcesses, type ProcessTableEntry } from "./process-table.js";
export { asPsPrints, namesWords } from "./process-words.js";
export type {
  CommandResult,
  Daemon,
  DaemonOptions,
  ProcessEnd,
  Runner,
  RunOptions,
} from "./runner.js";
export {
  askForPassword,
  ensureSudo,
  runAsRoot,
  sudoAllows,
  sudoArgv,
  type SudoConsent,
  type SudoOptions,
} from "./sudo.js";
export { sudoRefusal, type SudoRefusal } from "./sudo-refusal.js";
export {
  exitsWithin,
  terminate,
  waitForExit,
  type TerminateOptions,
  type TerminateOutcome,
} from "./terminate.js";
export { lastLines, quoteArgv, stripControlCharacters } from "./text.js";
