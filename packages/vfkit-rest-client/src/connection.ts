import { isMachineError } from "@vfkit-machine/host/errors";
import { Client } from "undici";
import type { Cancellation } from "./cancellation.js";
import { clientClosed } from "./errors.js";
import { exchange, type Answer, type Request } from "./exchange.js";
import type { Address } from "./target.js";

/**
 * The connections to one address. One is kept warm for the next question; questions at the same time
 * have one each, so that none waits behind another. Every change has one of its own, so that its end
 * says something about that change.
 */
export class Connection implements AsyncDisposable {
  readonly #address: Address;
  readonly #maxBodyBytes: number;
  readonly #clients = new Set<Client>();
  #warm: Client | undefined;
  #closed = false;

  constructor(address: Address, maxBodyBytes: number) {
    this.#address = address;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Asks on the warm connection, and once more when vfkit has closed that meanwhile. */
  async ask(request: Request, cancellation: Cancellation): Promise<Answer> {
    const warm = this.#warm;
    this.#warm = undefined;
    const client = warm ?? this.#open();
    try {
      const answer = await exchange(client, this.#address.text, request, cancellation);
      await this.#keep(client);
      return answer;
    } catch (error) {
      await this.#drop(client);
      if (warm === undefined || !isMachineError(error, "ERR_VFKIT_CONNECTION_CLOSED")) throw error;
    }
    return this.ask(request, cancellation);
  }

  /** Asks on a connection that ends with the answer. Never asks twice. */
  async askOnce(request: Request, cancellation: Cancellation): Promise<Answer> {
    const client = this.#open();
    try {
      return await exchange(client, this.#address.text, request, cancellation);
    } finally {
      await this.#drop(client);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#warm = undefined;
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

  async #keep(client: Client): Promise<void> {
    if (this.#closed || this.#warm !== undefined) await this.#drop(client);
    else this.#warm = client;
  }

  async #drop(client: Client): Promise<void> {
    this.#clients.delete(client);
    await client.destroy();
  }
}
