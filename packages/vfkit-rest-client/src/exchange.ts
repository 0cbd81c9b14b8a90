import type { Client } from "undici";
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

/** One request and its whole answer. @throws MachineError, see `toMachineError` */
export async function exchange(
  client: Client,
  address: string,
  request: Request,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const { statusCode, body } = await client.request({
      ...request,
      headers: request.body === undefined ? {} : { "content-type": "application/json" },
      signal,
    });
    return { status: statusCode, body: await body.text() };
  } catch (error) {
    throw toMachineError(address, error);
  }
}
