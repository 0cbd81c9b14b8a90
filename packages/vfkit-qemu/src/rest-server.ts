import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ListenOptions } from "node:net";
import type { RestEndpoint } from "@vfkit-machine/vfkit-config";
import type { MachineState, StateChange } from "./states.js";
import { formatRequestLine } from "./log-format.js";
import { acceptedReply, errorReply, jsonReply, readRequest, stateReply } from "./rest-replies.js";
import type { RestReply } from "./rest-replies.js";

const MAX_BODY_BYTES = 64 * 1024;

/** What the REST API needs of a machine. */
export interface RestTarget {
  state(): MachineState;
  /** The body of `GET /vm/inspect`. */
  inspect(): unknown;
  /** @returns false when no answer is to be sent: the process ends before it could be */
  change(change: StateChange): Promise<boolean>;
}

/** vfkit's REST API. Its socket file goes with {@link RestServer.close}, and with nothing else. */
export class RestServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param writeLog takes one line for each answered request
   * @returns when it listens; undefined where there is nowhere to
   * @throws the system error of `listen`: `EADDRINUSE` when the socket file is there, whoever left it
   */
  static async listen(
    endpoint: RestEndpoint,
    target: RestTarget,
    writeLog: (line: string) => void,
  ): Promise<RestServer | undefined> {
    if (endpoint.kind === "none") return undefined;
    const server = createServer((request, response) => {
      // `answer` turns what it throws into a reply: nothing is left to reject.
      void answer(target, request, response, writeLog);
    });
    server.requestTimeout = 10_000;
    server.listen(listenOptions(endpoint));
    await once(server, "listening");
    return new RestServer(server);
  }

  /** Stops listening, cuts every connection and removes the socket file. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function listenOptions(endpoint: Exclude<RestEndpoint, { kind: "none" }>): ListenOptions {
  if (endpoint.kind === "unix") return { path: endpoint.socketPath };
  const { host, port } = endpoint;
  return host === "" ? { port } : { host, port };
}

async function answer(
  target: RestTarget,
  request: IncomingMessage,
  response: ServerResponse,
  writeLog: (line: string) => void,
): Promise<void> {
  const startedMs = performance.now();
  const { method = "", url = "/", socket } = request;
  // Read now: a connection that is gone has no address.
  const clientAddress = socket.remoteAddress ?? "";
  const path = url.split("?", 1)[0] ?? "/";
  const reply = await decide(target, request, method, url);
  if (reply === undefined) return;
  send(response, reply);
  writeLog(
    formatRequestLine(Date.now(), {
      status: reply.status,
      durationMs: performance.now() - startedMs,
      clientAddress,
      method,
      path,
    }),
  );
}

async function decide(
  target: RestTarget,
  request: IncomingMessage,
  method: string,
  url: string,
): Promise<RestReply | undefined> {
  try {
    const body = await readBody(request);
    if (body === undefined) return errorReply(413, `body larger than ${MAX_BODY_BYTES} bytes`);
    const asked = readRequest(method, url, body);
    if (asked.kind === "refused") return asked.reply;
    if (asked.kind === "state") return stateReply(target.state());
    if (asked.kind === "inspect") return jsonReply(200, target.inspect());
    return (await target.change(asked.change)) ? acceptedReply() : undefined;
  } catch (error) {
    return errorReply(500, error instanceof Error ? error.message : String(error));
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and dropped, so that the client gets to read the answer.
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, reply: RestReply): void {
  response.writeHead(reply.status, {
    ...(reply.contentType === undefined ? {} : { "Content-Type": reply.contentType }),
    ...(reply.location === undefined ? {} : { Location: reply.location }),
    "Content-Length": Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}
