import type { Clock } from "@vfkit-machine/host/clock";

/** The states of Apple's `VZVirtualMachine.State`, as vfkit names them. */
export type VmState =
  | "Stopped"
  | "Running"
  | "Paused"
  | "Error"
  | "Starting"
  | "Pausing"
  | "Resuming"
  | "Stopping"
  | "Saving"
  | "Restoring";

/** What `GET /vm/state` said. */
export interface StateReport {
  /** `Unknown` for a word that this version does not know; `raw` has it. */
  readonly state: VmState | "Unknown";
  /** The word as it came, as in `VirtualMachineStateRunning`. */
  readonly raw: string;
  /** Absent where the server says only the state, as krunkit and early versions of vfkit do. */
  readonly canStart?: boolean;
  readonly canPause?: boolean;
  readonly canResume?: boolean;
  /** Can the guest be asked to stop? */
  readonly canStop?: boolean;
  readonly canHardStop?: boolean;
}

/**
 * What can be asked of the machine. `Stop` presses the power button, which the guest may ignore;
 * `HardStop` cuts the power.
 */
export type StateChange = "Stop" | "HardStop" | "Pause" | "Resume";

/** How a change was taken. It need not have happened: only the end of the process proves a stop. */
export type ChangeReply =
  /** Accepted; vfkit answers 202. */
  | { readonly connectionClosed: false; readonly status: number }
  /** Of `HardStop` only: vfkit exited before it could answer. */
  | { readonly connectionClosed: true };

/** What {@link VfkitClient.waitForState} can wait for: `NotListening` is nobody at the address. */
export type AwaitableState = VmState | "NotListening";

/** Where vfkit listens: a socket, an `http:` URL without a path, or the value of `--restful-uri`. */
export type Target = { readonly socketPath: string } | { readonly url: string } | string;

export interface ClientOptions {
  /** Milliseconds for each call, from its connection to the last byte (default 5000). */
  readonly timeoutMs?: number | undefined;
  /** The largest body to accept, in bytes (default 1 MiB). */
  readonly maxBodyBytes?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default: as the client was opened with. */
  readonly timeoutMs?: number | undefined;
}

export interface WaitForStateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole wait (default 30000). */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between two questions (default 50). */
  readonly intervalMs?: number | undefined;
  /** Is told of every answer, the last included. */
  readonly onState?:
    | ((report: StateReport | { readonly state: "NotListening" }) => void)
    | undefined;
}

/**
 * A client of one vfkit. It connects at the first call and may stay connected between calls, without
 * keeping the process alive; disposing closes the connection and ends calls under way.
 *
 * Every method may be called at any time and throws MachineError:
 * `ERR_VFKIT_NOT_LISTENING`, `ERR_VFKIT_UNREACHABLE`, `ERR_VFKIT_CONNECTION_CLOSED`,
 * `ERR_VFKIT_BAD_RESPONSE`, `ERR_VFKIT_RESPONSE_TOO_LARGE`, `ERR_TIMEOUT`, `ERR_ABORTED`,
 * `ERR_VFKIT_CLIENT_CLOSED`.
 */
export interface VfkitClient extends AsyncDisposable {
  /** Right after vfkit's start this is `Stopped`: its server listens before the machine starts. */
  getState(options?: CallOptions): Promise<StateReport>;
  /**
   * Asks for a change, on a connection of its own. Also throws `ERR_VFKIT_CHANGE_REFUSED`: the change
   * is not possible in this state, as `Stop` of a paused machine.
   */
  requestState(change: StateChange, options?: CallOptions): Promise<ChangeReply>;
  /** The JSON of `GET /vm/inspect`, for `parseInspect` of @vfkit-machine/vfkit-config. */
  inspect(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Asks until the state is one of those wanted. Goes on while nobody listens yet, and when one call
   * fails to connect or times out. Also throws `ERR_VFKIT_MACHINE_FAILED` when the state is `Error`
   * and that was not wanted.
   */
  waitForState(
    wanted: AwaitableState | readonly AwaitableState[],
    options?: WaitForStateOptions,
  ): Promise<StateReport | { readonly state: "NotListening" }>;
}
