import type { Client, Dispatcher } from "undici";
import type { Cancellation } from "./cancellation.js";
import { toMachineError } from "./errors.js";

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * One request and its whole answer, on a client that does nothing else meanwhile. When it is
 * cancelled, the client is destroyed: undici's own abort would leave it to connect again at once.
 *
 * @throws MachineError, see `toMachineError`
 */
export async function exchange(
  client: Client,
  address: string,
  request: Request,
  cancellation: Cancellation,
): Promise<Answer> {
  try {
    return await cancellation.guard(
      () => void client.destroy(),
      () => dispatch(client, request),
    );
  } catch (error) {
    throw toMachineError(address, error);
  }
}

/** `client.request` without its stream, which costs more than all the rest of a small answer. */
function dispatch(client: Client, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      // undici takes its absence for a handler of its older interface.
      onRequestStart: () => {},
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_controller, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => resolve({ status, body: Buffer.concat(chunks).toString() }),
      onResponseError: (_controller, error) => reject(error),
    };
    const headers = request.body === undefined ? {} : { "content-type": "application/json" };
    client.dispatch({ ...request, headers }, handler);
  });
}
