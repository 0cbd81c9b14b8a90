import { writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { createManualClock } from "@vfkit-machine/host/testing";
import { describe, expect, test } from "vitest";
import { openVfkitClient, type VfkitClient } from "../src/index.js";
import {
  answerRaw,
  createHappening,
  failureOf,
  makeSocketPath,
  serveRaw,
  type TestServer,
} from "./servers.js";

const CALLS: readonly (readonly [
  string,
  (client: VfkitClient, signal?: AbortSignal) => Promise<unknown>,
])[] = [
  ["getState", (client, signal) => client.getState({ signal })],
  ["inspect", (client, signal) => client.inspect({ signal })],
  ["requestState", (client, signal) => client.requestState("HardStop", { signal })],
];

/** A server that never comes to an end; `reached` resolves once it got so far. */
async function neverEnding(
  act: (socket: Socket, reached: () => void) => void,
): Promise<TestServer & { readonly reached: Promise<void> }> {
  const { happened, happen } = createHappening();
  const server = await serveRaw((socket) => {
    socket.once("data", () => act(socket, happen));
  });
  return Object.assign(server, { reached: happened });
}

/** Writes one more byte whenever the event loop has turned, as slowly as the deadline needs. */
function trickle(start: string) {
  return (socket: Socket, reached: () => void): void => {
    socket.write(start);
    let bytes = 0;
    const next = (): void => {
      if (socket.destroyed) return;
      socket.write("x");
      bytes += 1;
      if (bytes === 20) reached();
      setImmediate(next);
    };
    next();
  };
}

describe.each(CALLS)("%s is bounded in time", (_name, call) => {
  test.each([
    ["hangs", (_socket: Socket, reached: () => void) => reached()],
    [
      "hangs after its headers",
      (socket: Socket, reached: () => void) =>
        void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrun", reached),
    ],
    ["trickles its status line", trickle("HTTP/1.1 200 ")],
    ["trickles its body", trickle("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")],
  ])("when the server %s", async (_title, act) => {
    const clock = createManualClock();
    await using server = await neverEnding(act);
    await using client = openVfkitClient({ socketPath: server.socketPath }, { clock });
    const failure = failureOf(call(client));
    await server.reached;
    await clock.advance(5_000);
    expect(await failure).toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringContaining("gave up after 5 s"),
    });
    expect(clock.pending()).toBe(0);
    await Promise.all(server.connections.map(closed));
    // Nothing is connected again for later.
    expect(server.connections).toHaveLength(1);
  });

  test("when it is aborted, before or meanwhile", async () => {
    await using server = await neverEnding((_socket, reached) => reached());
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(call(client, AbortSignal.abort())).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(server.connections).toHaveLength(0);
    const controller = new AbortController();
    const failure = failureOf(call(client, controller.signal));
    await server.reached;
    controller.abort("enough");
    expect(await failure).toMatchObject({ code: "ERR_ABORTED", cause: "enough" });
    await Promise.all(server.connections.map(closed));
  });
});

describe.each(CALLS)("%s is bounded in bytes", (_name, call) => {
  test.each([
    [
      "with a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n",
      (chunk: string) => chunk,
    ],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      (chunk: string) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
    ],
    ["until it closes", "HTTP/1.1 500 No\r\n\r\n", (chunk: string) => chunk],
  ])("when the server answers 100 MB %s", async (_title, head, frame) => {
    const chunk = frame("x".repeat(64 * 1024));
    await using server = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write(head);
        pump(socket, chunk, 1600);
      });
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(call(client)).rejects.toMatchObject({ code: "ERR_VFKIT_RESPONSE_TOO_LARGE" });
    const [socket] = server.connections;
    if (socket === undefined) throw new Error("nobody connected");
    await closed(socket);
    // 1 MiB of body, and what the kernel and both programs buffer.
    expect(socket.bytesWritten).toBeLessThan(8 * 1024 * 1024);
  });

  test("when the server never ends its headers", async () => {
    await using server = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n");
        pump(socket, `X-Header: ${"x".repeat(8000)}\r\n`, 10_000);
      });
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(call(client)).rejects.toMatchObject({ code: "ERR_VFKIT_BAD_RESPONSE" });
  });
});

test("the limit is the caller's to choose, to the byte", async () => {
  await using server = await answerRaw("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nrunning");
  await using enough = openVfkitClient({ socketPath: server.socketPath }, { maxBodyBytes: 7 });
  await using less = openVfkitClient({ socketPath: server.socketPath }, { maxBodyBytes: 6 });
  await expect(enough.getState()).resolves.toMatchObject({ state: "Running" });
  await expect(less.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_RESPONSE_TOO_LARGE" });
});

describe.each(CALLS)("%s says what is wrong with the answer", (_name, call) => {
  test.each([
    "SSH-2.0-OpenSSH_9.9\r\n",
    "\0\u0001\u0002garbage\n\n",
    "HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope",
  ])("%j", async (bytes) => {
    await using server = await answerRaw(bytes);
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(call(client)).rejects.toMatchObject({ code: "ERR_VFKIT_BAD_RESPONSE" });
    await expect(call(client)).rejects.toMatchObject({ code: "ERR_VFKIT_BAD_RESPONSE" });
  });
});

test("a question that is answered by the end of the connection fails as such", async () => {
  await using server = await serveRaw((socket) => {
    socket.once("data", () => socket.destroy());
  });
  await using client = openVfkitClient({ socketPath: server.socketPath });
  await expect(client.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_CONNECTION_CLOSED" });
  // A connection that never worked is not tried twice.
  expect(server.connections).toHaveLength(1);
});

test("nobody listens on what is no socket, or is left of one", async () => {
  await using place = await makeSocketPath();
  await using client = openVfkitClient(place);
  await expect(client.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_NOT_LISTENING" });
  await writeFile(place.socketPath, "");
  await expect(client.getState()).rejects.toMatchObject({
    code: "ERR_VFKIT_NOT_LISTENING",
    hint: expect.stringContaining("--restful-uri"),
  });
});

function pump(socket: Socket, chunk: string, count: number): void {
  let left = count;
  const next = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(chunk)) {
        socket.once("drain", next);
        return;
      }
    }
  };
  next();
}

/** The end of a connection, whether the client said goodbye or not. */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise((resolve) => {
    socket.once("close", resolve);
  });
}
