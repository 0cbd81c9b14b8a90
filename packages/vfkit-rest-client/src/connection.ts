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
  #warm: { readonly client: Client; answers: number } | undefined;
  #closed = false;

  constructor(address: Address, maxBodyBytes: number) {
    this.#address = address;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Asks on the warm connection. One that vfkit has closed meanwhile is replaced once. */
  async ask(request: Request, signal: AbortSignal): Promise<Answer> {
    const warm = (this.#warm ??= { client: this.#open(), answers: 0 });
    const reused = warm.answers > 0;
    try {
      const answer = await exchange(warm.client, this.#address.text, request, signal);
      warm.answers += 1;
      return answer;
    } catch (error) {
      if (this.#warm === warm) this.#warm = undefined;
      await this.#drop(warm.client);
      if (!reused || !isMachineError(error, "ERR_VFKIT_CONNECTION_CLOSED")) throw error;
      return this.ask(request, signal);
    }
  }

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

  async #drop(client: Client): Promise<void> {
    this.#clients.delete(client);
    await client.destroy();
  }
}
