import type { Host, MacAddress } from "@vfkit-machine/host";
import type { DriverEvent } from "./events.js";

/** How the machine is attached: `nat` reaches out only; machines on `vmnet-shared` also reach each other. */
export type NetworkMode = "nat" | "vmnet-shared";

/**
 * What the machine is doing now. `Stopped` is also the answer for a machine whose processes died
 * with their host; `Error` is what vfkit itself reports as such.
 */
export type MachineState = "Running" | "Paused" | "Starting" | "Stopping" | "Stopped" | "Error";

/** A host directory shown in the guest through virtio-fs. */
export interface Mount {
  /** Absolute path of a directory on the host, without a comma. */
  readonly hostPath: string;
  /** Absolute path in the guest. */
  readonly guestPath: string;
}

/** What a machine is made from. Everything but the name and the ISO has a default. */
export interface CreateMachineOptions {
  /** 1 to 63 of `a-z A-Z 0-9 . _ -`, beginning with a letter or digit. */
  readonly name: string;
  /** Absolute path of a boot2docker-style ISO; it is copied. */
  readonly iso: string;
  /** Default 2. */
  readonly cpus?: number | undefined;
  /** MiB; default 4096. */
  readonly memoryMiB?: number | undefined;
  /** MiB of the data disk; default 20 480. Sparse: takes what the guest writes. */
  readonly diskSizeMiB?: number | undefined;
  /** MiB of each extra disk, in the order in which the guest sees them; default none. */
  readonly extraDiskSizesMiB?: readonly number[] | undefined;
  /** Default `nat`. */
  readonly network?: NetworkMode | undefined;
  /** Unicast. Default: derived from the name, locally administered. */
  readonly macAddress?: MacAddress | undefined;
  /** Default none. */
  readonly mounts?: readonly Mount[] | undefined;
  /** Run x86-64 programs in the guest through Rosetta: Apple silicon only. Default false. */
  readonly rosetta?: boolean | undefined;
  /** Appended to the kernel command line. */
  readonly kernelCmdline?: string | undefined;
  /** Default 22. */
  readonly sshPort?: number | undefined;
  /** Default `docker`. */
  readonly sshUser?: string | undefined;
  /** Default true. */
  readonly start?: boolean | undefined;
}

/** What every operation works with. */
export interface DriverContext {
  /** Absolute path of the store. Default `$VFM_HOME`, else `~/.vfm`. */
  readonly storeDir?: string | undefined;
  /** Default: the real host. */
  readonly host?: Host | undefined;
  readonly onEvent?: ((event: DriverEvent) => void) | undefined;
}

/** What creating and checking work with: the context, and what ends or allows the steps. */
export interface CreateContext extends DriverContext, StartOptions {}

export interface OperationOptions {
  /** Ends the operation with `ERR_ABORTED`; a start or create undoes within 5 s what it did. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds to wait while another command works on the machine; default 5 s. Then
   * `ERR_MACHINE_BUSY`. Reading the state or the IP never waits.
   */
  readonly lockTimeoutMs?: number | undefined;
}

export interface StartOptions extends OperationOptions {
  /** Milliseconds until the machine must answer SSH; default 5 min. */
  readonly timeoutMs?: number | undefined;
  /** May a person be asked for a password by sudo? Default `never`. */
  readonly sudo?: "never" | "ask" | undefined;
}

export interface StopOptions extends OperationOptions {
  /** Milliseconds that the guest has to shut down; default 30 000. */
  readonly gracePeriodMs?: number | undefined;
}

/** Which stage ended the machine: the guest itself, SIGTERM, SIGKILL, or none was needed. */
export type StopOutcome = "graceful" | "terminated" | "killed" | "already-stopped";

export interface StopResult {
  readonly outcome: StopOutcome;
  readonly durationMs: number;
}

/** The result of `remove`: what could not be deleted, with the reason; empty when all is gone. */
export interface RemoveResult {
  readonly leftBehind: readonly { readonly path: string; readonly reason: string }[];
}

/** A machine that exists in the store, in whatever state it is. */
export interface Machine {
  readonly driverName: "vfkit";
  readonly machineName: string;
  /** Absolute path of the machine's directory. */
  readonly directory: string;
  /** What `config.json` held when the machine was opened; what works on it reads it anew. */
  readonly config: MachineConfig;

  /** Legal in `Stopped`. @throws MachineError `ERR_ALREADY_RUNNING`, `ERR_START_FAILED`, `ERR_NO_LEASE`, ... */
  start(options?: StartOptions): Promise<void>;
  /** Legal in every state; idempotent. @throws MachineError `ERR_PROCESS_WILL_NOT_DIE`, `ERR_MACHINE_BUSY`, ... */
  stop(options?: StopOptions): Promise<StopResult>;
  /** Cuts the power: SIGKILL. Legal in every state; idempotent. */
  kill(options?: OperationOptions): Promise<StopResult>;
  /** `stop`, then `start` once the old process is gone. Legal in every state. */
  restart(options?: StartOptions & StopOptions): Promise<StopResult>;
  /** Kills the machine when it runs and deletes everything it has. Legal in every state; idempotent. */
  remove(options?: OperationOptions): Promise<RemoveResult>;
  /** Through REST. Legal in `Running` and, without effect, in `Paused`. @throws MachineError `ERR_NOT_RUNNING` */
  pause(options?: OperationOptions): Promise<void>;
  /**
   * Through REST; sets the guest's clock. Legal in `Paused` and, without effect, in `Running`.
   *
   * @throws MachineError `ERR_NOT_PAUSED`
   */
  resume(options?: OperationOptions): Promise<void>;

  /** `Stopped` also of one that was removed. Waits for no lock. */
  getState(options?: OperationOptions): Promise<MachineState>;
  /** @throws MachineError `ERR_NOT_RUNNING`, `ERR_NO_LEASE` */
  getIP(options?: OperationOptions): Promise<string>;
  /** `tcp://IP:2376`; empty when the machine does not run. @throws MachineError `ERR_NO_LEASE` */
  getURL(options?: OperationOptions): Promise<string>;
  /** As {@link Machine.getIP}. */
  getSSHHostname(options?: OperationOptions): Promise<string>;
  getSSHPort(): number;
  getSSHUser(): string;
  /** Absolute path of the private key. */
  getSSHKeyPath(): string;
  /** Absolute path of the file that holds the guest's host keys. */
  getSSHKnownHostsPath(): string;

  /** @throws MachineError `ERR_NOT_SUPPORTED` */
  upgrade(): Promise<never>;
  /** @throws MachineError `ERR_NOT_SUPPORTED` */
  startDocker(): Promise<never>;
  /** @throws MachineError `ERR_NOT_SUPPORTED` */
  stopDocker(): Promise<never>;
}

/** `config.json`: everything that is decided when the machine is created. */
export interface MachineConfig {
  readonly schemaVersion: 1;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskSizeMiB: number;
  readonly extraDiskSizesMiB: readonly number[];
  readonly network: NetworkMode;
  readonly macAddress: MacAddress;
  /** UUID that keeps vmnet's own choices stable for this machine. */
  readonly vmnetInterfaceId: string;
  readonly mounts: readonly Mount[];
  /** Absent means false: machines made before there was Rosetta have no such field. */
  readonly rosetta?: boolean | undefined;
  readonly kernelCmdline: string;
  readonly sshPort: number;
  readonly sshUser: string;
  /** Where the sockets are: the machine's directory, or a short runtime directory when its path is too long. */
  readonly socketDir: string;
}

/** One line of `list`. */
export interface MachineSummary {
  readonly name: string;
  readonly state: MachineState | "Unknown";
  readonly network: NetworkMode | undefined;
  readonly ip: string | undefined;
  readonly cpus: number | undefined;
  readonly memoryMiB: number | undefined;
  readonly diskSizeMiB: number | undefined;
  readonly createdAt: string | undefined;
  /** Why the machine cannot be read, when it cannot. */
  readonly error: string | undefined;
}
