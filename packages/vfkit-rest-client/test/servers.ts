import { mkdtemp, rm } from "node:fs/promises";
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server as HttpServer,
} from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";

/** A server of a test: real, on a unix socket in a directory of its own, gone with the `await using`. */
export interface TestServer extends AsyncDisposable {
  readonly socketPath: string;
  /** Every connection so far, oldest first. */
  readonly connections: readonly Socket[];
}

export async function makeSocketPath(): Promise<{ readonly socketPath: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "vfkit-rest-"));
  return {
    socketPath: join(directory, "vfkit.sock"),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** Speaks HTTP. */
export function serveHttp(handler: RequestListener, at?: string): Promise<TestServer> {
  return serve(createHttpServer(handler), at);
}

/** Speaks whatever `handler` writes. */
export function serveRaw(handler: (socket: Socket) => void, at?: string): Promise<TestServer> {
  return serve(createServer(handler), at);
}

/** Answers each request, whatever it is, with these very bytes, and leaves the connection open. */
export function answerRaw(bytes: string): Promise<TestServer> {
  return serveRaw((socket) => {
    socket.on("data", () => socket.write(bytes));
  });
}

/** Answers each GET with 200 and this body. */
export function answer(body: string): Promise<TestServer> {
  return serveHttp((_request, response) => response.end(body));
}

async function serve(server: Server | HttpServer, at?: string): Promise<TestServer> {
  const place = at === undefined ? await makeSocketPath() : undefined;
  const socketPath = at ?? place?.socketPath ?? "";
  const connections: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    connections.push(socket);
    // A client that goes away is what many tests are about.
    socket.on("error", () => socket.destroy());
  });
  server.listen(socketPath);
  await once(server, "listening");
  return {
    socketPath,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
      await place?.[Symbol.asyncDispose]();
    },
  };
}

/** What vfkit answers. */
export function stateJson(state: string): string {
  return JSON.stringify({
    state: `VirtualMachineState${state}`,
    canStart: false,
    canPause: true,
    canResume: false,
    canStop: true,
    canHardStop: true,
  });
}

/** Something a test waits for. */
export interface Happening {
  readonly happened: Promise<void>;
  readonly happen: () => void;
}

export function createHappening(): Happening {
  let happen!: () => void;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

/** What a promise that must fail fails with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`no failure, but ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
