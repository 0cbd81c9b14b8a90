import { isMachineError } from "@vfkit-machine/host/errors";
import { Client } from "undici";
import { clientClosed } from "./errors.js";
import { exchange, type Answer, type Request } from "./exchange.js";
import type { Address } from "./target.js";

/**
 * The connections to one address: a warm one for questions, and one of its own for each change, so
 * that its end says something about that change.
 */
export class Connection implements AsyncDisposable {
  readonly #address: Address;
  readonly #maxBodyBytes: number;
  readonly #clients = new Set<Client>();
  #warm: Client | undefined;
  /** Has the warm connection answered since it last failed? */
  #proven = false;
  /** Questions under way. */
  #asking = 0;
  #closed = false;

  constructor(address: Address, maxBodyBytes: number) {
    this.#address = address;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Asks on the warm connection, and once more when vfkit has closed that meanwhile. */
  async ask(request: Request, signal: AbortSignal): Promise<Answer> {
    const proven = this.#proven;
    const warm = (this.#warm ??= this.#open());
    this.#asking += 1;
    try {
      const answer = await exchange(warm, this.#address.text, request, signal);
      this.#proven = true;
      return answer;
    } catch (error) {
      this.#proven = false;
      // undici would connect again at once, without anything to ask.
      if (this.#asking === 1) await this.#drop(warm);
      if (!proven || !isMachineError(error, "ERR_VFKIT_CONNECTION_CLOSED")) throw error;
    } finally {
      this.#asking -= 1;
    }
    return this.ask(request, signal);
  }

  /** Asks on a connection that ends with the answer. Never asks twice. */
  async askOnce(request: Request, signal: AbortSignal): Promise<Answer> {
    const client = this.#open();
    try {
      return await exchange(client, this.#address.text, request, signal);
    } finally {
      await this.#drop(client);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#clients, (client) => this.#drop(client)));
  }

  #open(): Client {
    const { origin, socketPath, text } = this.#address;
    if (this.#closed) throw clientClosed(text);
    const client = new Client(origin, {
      ...(socketPath === undefined ? {} : { socketPath }),
      maxResponseSize: this.#maxBodyBytes,
      // The caller's deadline covers the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#clients.add(client);
    return client;
  }

  async #drop(client: Client): Promise<void> {
    this.#clients.delete(client);
    if (this.#warm === client) this.#warm = undefined;
    await client.destroy();
  }
}
