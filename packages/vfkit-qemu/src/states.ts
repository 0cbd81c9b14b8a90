/**
 * The states of Virtualization.framework (`VZVirtualMachineState`) that QEMU passes through. vfkit
 * writes them with the prefix `VirtualMachineState`.
 */
export type MachineState =
  | "Stopped"
  | "Starting"
  | "Running"
  | "Pausing"
  | "Paused"
  | "Resuming"
  | "Stopping"
  | "Error";

/** What `POST /vm/state` accepts. Case matters. */
export type StateChange = "Stop" | "HardStop" | "Pause" | "Resume";

export function isStateChange(text: string): text is StateChange {
  return Object.hasOwn(LEGAL_IN, text);
}

/** The body of `GET /vm/state`, its keys sorted as vfkit's are. */
export interface StateReply {
  readonly canHardStop: boolean;
  readonly canPause: boolean;
  readonly canResume: boolean;
  readonly canStart: boolean;
  readonly canStop: boolean;
  readonly state: `VirtualMachineState${MachineState}`;
}

/** What Virtualization.framework says it can do in each state. */
export function describeState(state: MachineState): StateReply {
  return {
    canHardStop: isLegal("HardStop", state),
    canPause: isLegal("Pause", state),
    canResume: isLegal("Resume", state),
    canStart: state === "Stopped" || state === "Error",
    canStop: isLegal("Stop", state),
    state: `VirtualMachineState${state}`,
  };
}

const LEGAL_IN: Readonly<Record<StateChange, readonly MachineState[]>> = {
  Stop: ["Running"],
  HardStop: ["Running", "Paused"],
  Pause: ["Running"],
  Resume: ["Paused"],
};

export function isLegal(change: StateChange, state: MachineState): boolean {
  return LEGAL_IN[change].includes(state);
}

/**
 * The text of the 500 for a change that is not legal now, in the shape of an `NSError`. Which words
 * the framework puts there was never observed: nobody should read them.
 */
export function illegalChangeMessage(change: StateChange, state: MachineState): string {
  return (
    `Error Domain=VZErrorDomain Code=3 Description="Invalid virtual machine state." ` +
    `UserInfo={NSLocalizedFailureReason=${change} is not possible in state VirtualMachineState${state}.}`
  );
}
