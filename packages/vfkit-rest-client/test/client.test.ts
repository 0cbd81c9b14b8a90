import dns, { type LookupAddress } from "node:dns";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { createServer, isIP, type AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openVfkitClient } from "../src/index.js";
import {
  answer,
  answerRaw,
  createHappening,
  failureOf,
  makeSocketPath,
  serveHttp,
  serveRaw,
  stateJson,
} from "./servers.js";

type Failed = (error: Error) => void;
type Found = (error: null, addresses: LookupAddress[]) => void;

/** A port on which nobody listens now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("getState", () => {
  test("over a unix socket", async () => {
    await using server = await serveHttp((request, response) => {
      const known = request.method === "GET" && request.url === "/vm/state";
      response.statusCode = known ? 200 : 404;
      response.end(stateJson("Running"));
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(client.getState()).resolves.toMatchObject({ state: "Running", canStop: true });
  });

  test("over TCP, by URL and by --restful-uri", async () => {
    const server = createServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npaused\n"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await using byUrl = openVfkitClient({ url: `http://127.0.0.1:${port}` });
    await using byUri = openVfkitClient(`tcp://127.0.0.1:${port}`);
    await expect(byUrl.getState()).resolves.toEqual({ state: "Paused", raw: "paused" });
    await expect(byUri.getState()).resolves.toEqual({ state: "Paused", raw: "paused" });
    server.close();
    await once(server, "close");
    await expect(byUri.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_NOT_LISTENING" });
  });

  test.each([
    ["nobody listens on either", ["::1", "127.0.0.1"]],
    ["one cannot be reached at all", ["fe80::1", "127.0.0.1"]],
  ])("of a name with two addresses, as localhost is on macOS: %s", async (_, addresses) => {
    const port = await freePort();
    vi.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: object, found: Found) =>
      found(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )) as never);
    onTestFinished(() => void vi.restoreAllMocks());
    await using client = openVfkitClient(`tcp://localhost:${port}`);
    await expect(client.getState()).rejects.toMatchObject({
      code: "ERR_VFKIT_NOT_LISTENING",
      message: `nobody listens on http://localhost:${port}: ECONNREFUSED`,
    });
    const report = await client.waitForState("NotListening", { timeoutMs: 5_000 });
    expect(report).toEqual({ state: "NotListening" });
  });

  test("of a name that cannot be looked up now", async () => {
    const error = { code: "EAI_AGAIN", syscall: "getaddrinfo" };
    vi.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: object, found: Failed) =>
      found(Object.assign(new Error("getaddrinfo EAI_AGAIN"), error))) as never);
    onTestFinished(() => void vi.restoreAllMocks());
    await using client = openVfkitClient("tcp://mac.test:8081");
    await expect(client.getState()).rejects.toMatchObject({
      code: "ERR_VFKIT_UNREACHABLE",
      message: "cannot connect to http://mac.test:8081: EAI_AGAIN",
    });
  });

  test("of krunkit", async () => {
    await using server = await answer('{"state":"VirtualMachineStateRunning"}\0');
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(client.getState()).resolves.toEqual({
      state: "Running",
      raw: "VirtualMachineStateRunning",
    });
  });

  test("stays on one connection", async () => {
    await using server = await answer(stateJson("Running"));
    await using client = openVfkitClient({ socketPath: server.socketPath });
    for (let call = 0; call < 20; call += 1) await client.getState();
    expect(server.connections).toHaveLength(1);
  });

  test("does not wait behind another question, and leaves no connection of it behind", async () => {
    const asked = createHappening();
    let requests = 0;
    await using server = await serveHttp((_request, response) => {
      requests += 1;
      if (requests === 2) asked.happen();
      else response.end("running");
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await client.getState();
    const controller = new AbortController();
    const hanging = failureOf(client.getState({ signal: controller.signal }));
    await asked.happened;
    await expect(client.getState()).resolves.toMatchObject({ state: "Running" });
    controller.abort();
    expect(await hanging).toMatchObject({ code: "ERR_ABORTED" });
    await Promise.all([client.getState(), client.inspect().catch(() => "no JSON")]);
    const open = server.connections.filter((socket) => !socket.closed && !socket.readableEnded);
    expect(server.connections.length).toBeLessThanOrEqual(3);
    expect(open.length).toBeLessThanOrEqual(2);
  });

  test("asks again when vfkit has dropped the connection meanwhile", async () => {
    await using server = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nrunning");
        socket.once("data", () => socket.destroy());
      });
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    for (let call = 0; call < 3; call += 1) {
      await expect(client.getState()).resolves.toMatchObject({ state: "Running" });
    }
    expect(server.connections).toHaveLength(3);
  });

  test("finds the vfkit that was started again on the same socket", async () => {
    await using place = await makeSocketPath();
    await using client = openVfkitClient(place);
    {
      await using first = await serveHttp(
        (_, response) => response.end("running"),
        place.socketPath,
      );
      await expect(client.getState()).resolves.toMatchObject({ state: "Running" });
      expect(first.connections).toHaveLength(1);
    }
    await expect(client.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_NOT_LISTENING" });
    await using second = await serveHttp(
      (_, response) => response.end("stopped"),
      place.socketPath,
    );
    await expect(client.getState()).resolves.toMatchObject({ state: "Stopped" });
    expect(second.connections).toHaveLength(1);
  });
});

test("inspect gives the JSON as it is", async () => {
  await using server = await serveHttp((request, response) => {
    response.end(request.url === "/vm/inspect" ? '{"vcpus":2,"later":[null]}' : "");
  });
  await using client = openVfkitClient({ socketPath: server.socketPath });
  await expect(client.inspect()).resolves.toEqual({ vcpus: 2, later: [null] });
});

test("a path that leads nowhere is not reachable, which is another thing than not listening", async () => {
  await using place = await makeSocketPath();
  await symlink(place.socketPath, place.socketPath);
  await using client = openVfkitClient(place);
  await expect(client.getState()).rejects.toMatchObject({
    code: "ERR_VFKIT_UNREACHABLE",
    message: expect.stringContaining("ELOOP"),
  });
});

test("an answer other than 200 to a question is bad", async () => {
  await using server = await answerRaw("HTTP/1.1 204 No Content\r\n\r\n");
  await using client = openVfkitClient({ socketPath: server.socketPath });
  await expect(client.getState()).rejects.toMatchObject({
    code: "ERR_VFKIT_BAD_RESPONSE",
    message: expect.stringContaining("answered 204"),
  });
});
