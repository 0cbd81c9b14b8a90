export { preCreateCheck } from "./check.js";
export { parseMachineConfig } from "./config-schema.js";
export { createMachine } from "./create.js";
export { decideState, type StateFacts } from "./decide-state.js";
export type { DriverEvent, DriverEventType } from "./events.js";
export { listMachines } from "./list.js";
export { macAddressForName } from "./mac-address.js";
export { openMachine } from "./machine.js";
export { planMachine, type MachinePlan } from "./plan.js";
export { removeMachine } from "./remove-machine.js";
export { storeDirectory } from "./store.js";
export type {
  CreateContext,
  CreateMachineOptions,
  DriverContext,
  Machine,
  MachineConfig,
  MachineState,
  MachineSummary,
  Mount,
  NetworkMode,
  OperationOptions,
  RemoveResult,
  StartOptions,
  StopOptions,
  StopOutcome,
  StopResult,
} from "./types.js";
export { updateMachine, type UpdateMachineOptions } from "./update.js";
export { buildVirtualMachine, type VirtualMachinePaths } from "./virtual-machine.js";
export { isSupportedVfkit, OLDEST_VFKIT } from "./vfkit-version.js";
