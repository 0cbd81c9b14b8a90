/// <reference lib="esnext.disposable" />
import { EventEmitter, once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RestServer, type RestTarget } from "../src/rest-server.js";
import type { StateChange } from "../src/states.js";

let directory = "";
let socketPath = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vq-"));
  socketPath = join(directory, "rest.sock");
});
const servers: RestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function serve(...args: Parameters<typeof RestServer.listen>): Promise<RestServer> {
  const server = await RestServer.listen(...args);
  if (server === undefined) throw new Error("it listens nowhere");
  servers.push(server);
  return server;
}

function target(change: (change: StateChange) => Promise<boolean>): RestTarget {
  return { state: () => "Running", inspect: () => ({ vcpus: 1 }), change };
}

test("serves a unix socket, which goes when the server does", async () => {
  const lines: string[] = [];
  const changes: StateChange[] = [];
  const server = await serve(
    { kind: "unix", socketPath },
    target(async (change) => changes.push(change) > 0),
    (line) => lines.push(line),
  );
  await using client = openVfkitClient({ socketPath });
  expect(await client.getState()).toMatchObject({ state: "Running", canPause: true });
  expect(await client.inspect()).toEqual({ vcpus: 1 });
  expect(await client.requestState("Pause")).toEqual({ connectionClosed: false, status: 202 });
  expect(changes).toEqual(["Pause"]);
  expect(lines.map((line) => line.split(" | ")[1])).toEqual(["200", "200", "202"]);
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await expect(access(socketPath)).rejects.toThrow("ENOENT");
});

test("serves TCP, and logs the client's address", async () => {
  const lines: string[] = [];
  // A port that was free a moment ago.
  const port = await freePort();
  await serve(
    { kind: "tcp", host: "127.0.0.1", port },
    target(async () => true),
    (line) => lines.push(line),
  );
  await using client = openVfkitClient(`tcp://127.0.0.1:${port}`);
  expect(await client.getState()).toMatchObject({ state: "Running" });
  expect(lines[0]).toMatch(/\| {7}127\.0\.0\.1 \| GET {6}"\/vm\/state"\n$/);
});

test("what a change throws is a 500 with its words", async () => {
  await serve(
    { kind: "unix", socketPath },
    target(async () => {
      throw new Error("not now");
    }),
    () => undefined,
  );
  await using client = openVfkitClient({ socketPath });
  await expect(client.requestState("Stop")).rejects.toThrow("not now");
});

test("a change that ends the process is not answered", async () => {
  const server = await serve(
    { kind: "unix", socketPath },
    target(async () => false),
    () => undefined,
  );
  await using client = openVfkitClient({ socketPath });
  const asked = client.requestState("HardStop");
  await client.getState();
  await server[Symbol.asyncDispose]();
  expect(await asked).toEqual({ connectionClosed: true });
});

test("a client that hangs up in the middle of its request does no harm", async () => {
  const logged = new EventEmitter();
  const answered = once(logged, "line");
  await serve(
    { kind: "unix", socketPath },
    target(async () => true),
    (line) => {
      logged.emit("line", line);
    },
  );
  const rude = connect(socketPath);
  rude.write("POST /vm/state HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", () =>
    rude.destroy(),
  );
  await answered;
  await using client = openVfkitClient({ socketPath });
  expect(await client.getState()).toMatchObject({ state: "Running" });
});

test("none:// listens nowhere; a socket file that is there is an error", async () => {
  const nobody = target(async () => true);
  expect(await RestServer.listen({ kind: "none" }, nobody, () => undefined)).toBeUndefined();
  await writeFile(socketPath, "");
  const listening = RestServer.listen({ kind: "unix", socketPath }, nobody, () => undefined);
  await expect(listening).rejects.toMatchObject({ code: "EADDRINUSE" });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
