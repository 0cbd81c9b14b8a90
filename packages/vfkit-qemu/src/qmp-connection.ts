import type { Duplex } from "node:stream";
import { withDeadline, type WaitOptions } from "@vfkit-machine/host";
import { failure } from "./errors.js";
import { createLineSplitter, formatQmpCommand, parseQmpMessage } from "./qmp-messages.js";
import type { QmpEvent, QmpMessage } from "./qmp-messages.js";

const OPEN_TIMEOUT_MS = 30_000;
const COMMAND_TIMEOUT_MS = 5_000;

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** QEMU's control connection: commands in, replies and events out. */
export class QmpConnection {
  readonly #stream: Duplex;
  readonly #onEvent: (event: QmpEvent) => void;
  readonly #waiters = new Map<number, Waiter>();
  #greeted: Waiter | undefined;
  #nextId = 1;
  #closed = false;

  private constructor(stream: Duplex, onEvent: (event: QmpEvent) => void) {
    this.#stream = stream;
    this.#onEvent = onEvent;
  }

  /**
   * Waits for QEMU's greeting and leaves its negotiation mode.
   *
   * @param stream connected to a QEMU monitor in control mode; owned from here on
   * @param options `timeoutMs` defaults to 30 s
   * @throws MachineError `ERR_QMP` when QEMU hangs up, `ERR_TIMEOUT`, `ERR_ABORTED`
   */
  static async open(
    stream: Duplex,
    onEvent: (event: QmpEvent) => void,
    options: WaitOptions = {},
  ): Promise<QmpConnection> {
    const connection = new QmpConnection(stream, onEvent);
    const { signal, timeoutMs = OPEN_TIMEOUT_MS } = options;
    await withDeadline("waiting for QEMU's greeting", { signal, timeoutMs }, () =>
      connection.#listen(),
    );
    await connection.execute("qmp_capabilities", undefined, { signal });
    return connection;
  }

  /**
   * Runs one command.
   *
   * @param options `timeoutMs` defaults to 5 s
   * @returns the `return` member of the reply
   * @throws MachineError `ERR_QMP` when QEMU refuses or hangs up, `ERR_TIMEOUT`, `ERR_ABORTED`
   */
  async execute(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    options: WaitOptions = {},
  ): Promise<unknown> {
    const { signal, timeoutMs = COMMAND_TIMEOUT_MS } = options;
    const id = this.#nextId++;
    try {
      return await withDeadline(`QMP ${command}`, { signal, timeoutMs }, () =>
        this.#send(id, command, args),
      );
    } finally {
      this.#waiters.delete(id);
    }
  }

  close(): void {
    this.#stream.destroy();
  }

  async #send(id: number, command: string, args?: Readonly<Record<string, unknown>>) {
    if (this.#closed) throw hungUp();
    return new Promise<unknown>((resolve, reject) => {
      const refuse = (error: Error): void =>
        reject(failure("ERR_QMP", `QEMU refused ${command}: ${error.message}`, { cause: error }));
      this.#waiters.set(id, { resolve, reject: refuse });
      this.#stream.write(formatQmpCommand(id, command, args));
    });
  }

  async #listen(): Promise<unknown> {
    this.#stream.on(
      "data",
      createLineSplitter((line) => this.#receive(parseQmpMessage(line))),
    );
    // An error is always followed by "close"; what waits learns it there.
    this.#stream.on("error", () => this.#hangUp());
    this.#stream.on("close", () => this.#hangUp());
    return new Promise<unknown>((resolve, reject) => {
      this.#greeted = { resolve, reject };
    });
  }

  #receive(message: QmpMessage): void {
    switch (message.kind) {
      case "greeting":
        this.#greeted?.resolve(undefined);
        return;
      case "event":
        this.#onEvent(message);
        return;
      case "return":
        this.#waiters.get(message.id ?? -1)?.resolve(message.value);
        return;
      case "error":
        this.#waiters.get(message.id ?? -1)?.reject(new Error(message.description));
        return;
      case "unknown":
        return;
    }
  }

  #hangUp(): void {
    this.#closed = true;
    this.#greeted?.reject(hungUp());
    for (const waiter of this.#waiters.values()) waiter.reject(hungUp());
    this.#waiters.clear();
  }
}

function hungUp(): Error {
  return failure("ERR_QMP", "QEMU closed its control connection");
}
