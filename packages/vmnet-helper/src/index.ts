export { helperArgv, type HelperArgvOptions } from "./argv.js";
export { checkVmnetHelper } from "./check.js";
export {
  findVmnetHelper,
  helperSearchPaths,
  readHelperVersion,
  type FindHelperOptions,
} from "./find.js";
export { parseInterfaceLine } from "./interface-line.js";
export type { HelperArgvContext, NetworkOptions, VmnetMode } from "./network-options.js";
export { findHelperProcesses, readHelperState } from "./processes.js";
export { parseHelperRecord } from "./record.js";
export { listSharedInterfaces, parseSharedInterfaces } from "./shared-interfaces.js";
export { startVmnetHelper, type StartHelperOptions } from "./start.js";
export { stopVmnetHelper, type StopHelperOptions } from "./stop.js";
export type {
  HelperRecord,
  HelperStopOutcome,
  HelperVersion,
  RunningHelper,
  VmnetHelper,
  VmnetInterface,
} from "./types.js";
export { isAtLeast, needsRoot, parseHelperVersion } from "./version.js";
