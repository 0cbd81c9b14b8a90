import { CleanupStack, isMachineError, withDeadline, type Host } from "@vfkit-machine/host";
import { toInspect, type Device } from "@vfkit-machine/vfkit-config";
import { QUIT_TIMEOUT_MS } from "./defaults.js";
import { failure } from "./errors.js";
import { chooseAccelerator } from "./kvm.js";
import type { Accelerator } from "./qemu-platform.js";
import type { PreparedMachine } from "./prepare.js";
import { qemuFailed, removeDatagramSockets, startQemu, type QemuProcess } from "./qemu-process.js";
import type { QmpConnection } from "./qmp-connection.js";
import type { QmpEvent } from "./qmp-messages.js";
import type { RestTarget } from "./rest-server.js";
import { illegalChangeMessage, isLegal, type MachineState, type StateChange } from "./states.js";
import type { Supervised } from "./supervised.js";
import { startSharedDirectories, type SharedDirectories } from "./virtiofsd.js";

/** A machine of vfkit, on QEMU. It runs once. */
export class QemuMachine implements RestTarget {
  readonly #host: Host;
  readonly #prepared: PreparedMachine;
  readonly #aborted = new AbortController();
  #state: MachineState = "Stopped";
  #finished: Promise<void> = Promise.resolve();
  #supervised: Supervised | undefined;
  #control: QmpConnection | undefined;
  #devices: readonly Device[];
  /** Set when the guest switched itself off or we cut the power: QEMU's end is then no failure. */
  #endExpected = false;

  constructor(host: Host, prepared: PreparedMachine) {
    this.#host = host;
    this.#prepared = prepared;
    this.#devices = prepared.machine.devices;
  }

  state(): MachineState {
    return this.#state;
  }

  inspect(): Record<string, unknown> {
    return toInspect({ ...this.#prepared.machine, devices: this.#devices }, { connected: true });
  }

  /**
   * Starts the machine and waits for its end: the guest's own, or a cut power. Legal once.
   *
   * @throws MachineError `ERR_QEMU_FAILED`, `ERR_NO_FREE_TAP`, `ERR_VIRTIOFSD`, `ERR_TIMEOUT`
   */
  async run(): Promise<void> {
    this.#finished = this.#run();
    await this.#finished;
  }

  async #run(): Promise<void> {
    await using cleanup = new CleanupStack(this.#host.logger);
    try {
      const qemu = await this.#start(cleanup);
      if (qemu !== undefined) await this.#waitForEnd(qemu);
    } catch (error) {
      this.#state = "Error";
      throw error;
    }
    this.#state = "Stopped";
  }

  async #waitForEnd({ supervised }: QemuProcess): Promise<void> {
    this.#host.logger.info("virtual machine is running");
    const end = await supervised.exited;
    if (!this.#endExpected) throw qemuFailed(end, supervised.lastWords());
  }

  /** @returns undefined when the power was cut before it was on */
  async #start(cleanup: CleanupStack): Promise<QemuProcess | undefined> {
    const { qemuPath, platform, machine } = this.#prepared;
    const { signal } = this.#aborted;
    try {
      const { kernelPath } = machine.bootloader;
      const accelerator = await chooseAccelerator(this.#host, {
        qemuPath,
        platform,
        kernelPath,
        signal,
      });
      if (signal.aborted) return undefined;
      const shared = await startSharedDirectories(this.#host, machine, cleanup);
      cleanup.defer("removing network sockets", () => removeDatagramSockets(this.#prepared));
      const qemu = await this.#startQemu(accelerator, shared);
      cleanup.defer("ending QEMU", () => {
        qemu.supervised.kill();
        qemu.control.close();
      });
      await shared.forgetSockets();
      this.#control = qemu.control;
      this.#devices = await nameTerminals(this.#devices, qemu.control);
      if (this.#state === "Starting") this.#state = "Running";
      return qemu;
    } catch (error) {
      if (isMachineError(error, "ERR_ABORTED") && signal.aborted) return undefined;
      throw error;
    }
  }

  async #startQemu(accelerator: Accelerator, shared: SharedDirectories): Promise<QemuProcess> {
    try {
      return await startQemu(this.#host, this.#prepared, {
        accelerator,
        virtiofsdSockets: shared.socketPaths,
        signal: this.#aborted.signal,
        onEvent: (event) => this.#onEvent(event),
        onSpawn: (supervised) => {
          this.#supervised = supervised;
          this.#state = "Starting";
        },
      });
    } catch (error) {
      throw isMachineError(error, "ERR_QEMU_FAILED") ? await shared.explain(error) : error;
    }
  }

  /**
   * Changes the state as Virtualization.framework does. `Stop` only presses the power button: the
   * guest may ignore it. @see states.ts for what is legal when
   *
   * @returns false when the process ends before an answer could be sent
   * @throws MachineError `ERR_QMP`; an `Error` with the framework's kind of message for an illegal change
   */
  async change(change: StateChange): Promise<boolean> {
    if (!isLegal(change, this.#state)) throw new Error(illegalChangeMessage(change, this.#state));
    if (change === "Stop") await this.#execute("system_powerdown");
    else if (change === "Pause") await this.#pass("Pausing", "stop", "Paused");
    else if (change === "Resume") await this.#pass("Resuming", "cont", "Running");
    else await this.cutPower();
    return change !== "HardStop";
  }

  /** Ends the machine at once, in whatever state. Idempotent; {@link QemuMachine.run} then returns. */
  async cutPower(): Promise<void> {
    this.#endExpected = true;
    this.#state = "Stopping";
    this.#aborted.abort();
    const supervised = this.#supervised;
    if (supervised === undefined) return;
    try {
      // `quit` lets QEMU finish the writes it has begun; a QEMU that cannot answer is killed.
      await withDeadline("ending QEMU", { timeoutMs: QUIT_TIMEOUT_MS }, async (signal) => {
        await this.#execute("quit", signal);
        await supervised.exited;
      });
    } catch (error) {
      this.#host.logger.debug(`killing QEMU: ${String(error)}`);
    }
    supervised.kill();
    await supervised.exited;
  }

  /** Resolves when {@link QemuMachine.run} has, and rejects with it. */
  async ended(): Promise<void> {
    await this.#finished;
  }

  async #pass(through: MachineState, command: string, to: MachineState): Promise<void> {
    const from = this.#state;
    this.#state = through;
    try {
      await this.#execute(command);
      if (this.#state === through) this.#state = to;
    } catch (error) {
      if (this.#state === through) this.#state = from;
      throw error;
    }
  }

  async #execute(command: string, signal?: AbortSignal): Promise<void> {
    if (this.#control === undefined) throw failure("ERR_QMP", `no QEMU to ${command}`);
    await this.#control.execute(command, undefined, { signal });
  }

  #onEvent({ event, data }: QmpEvent): void {
    this.#host.logger.debug(`qemu: ${event} ${JSON.stringify(data)}`);
    // A QEMU that somebody else ends says "host-signal" here: that is not the guest's doing.
    if (event === "SHUTDOWN" && data["guest"] === true) {
      this.#endExpected = true;
      this.#state = "Stopping";
    }
  }
}

function isTerminal(device: Device): boolean {
  return device.kind === "virtio-serial" && device.attachment.kind === "pty";
}

/** vfkit says the terminal's name in `GET /vm/inspect` once there is one. */
async function nameTerminals(
  devices: readonly Device[],
  control: QmpConnection,
): Promise<readonly Device[]> {
  if (!devices.some(isTerminal)) return devices;
  const chardevs = (await control.execute("query-chardev")) as {
    readonly label: string;
    readonly filename: string;
  }[];
  return devices.map((device, index) => {
    if (!isTerminal(device)) return device;
    const file = chardevs.find(({ label }) => label === `device${index}`)?.filename ?? "";
    const name = /^pty:(.*)$/.exec(file)?.[1];
    return { kind: "virtio-serial", attachment: { kind: "pty", name } };
  });
}
