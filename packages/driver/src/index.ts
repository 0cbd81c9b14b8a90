export type { DriverEvent, DriverEventType } from "./events.js";
export type {
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
