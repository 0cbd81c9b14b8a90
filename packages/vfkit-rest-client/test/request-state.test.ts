import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { openVfkitClient } from "../src/index.js";
import { answer, makeSocketPath, serveHttp, serveRaw } from "./servers.js";

describe("requestState", () => {
  test("sends vfkit's JSON on a connection of its own and closes it", async () => {
    const bodies: string[] = [];
    await using server = await serveHttp((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => bodies.push(text));
      request.on("end", () => {
        response.statusCode = request.method === "POST" ? 202 : 200;
        response.end(request.method === "POST" ? "" : "running");
      });
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await client.getState();
    for (const change of ["Stop", "HardStop", "Pause", "Resume"] as const) {
      await expect(client.requestState(change)).resolves.toEqual({
        connectionClosed: false,
        status: 202,
      });
    }
    expect(bodies).toEqual(
      ["Stop", "HardStop", "Pause", "Resume"].map((state) => JSON.stringify({ state })),
    );
    expect(server.connections).toHaveLength(5);
    const [warm, ...changes] = server.connections;
    await Promise.all(changes.map(async (socket) => socket.closed || once(socket, "close")));
    expect(warm?.closed).toBe(false);
  });

  test("takes the 200 of the documentation as well", async () => {
    await using server = await answer("");
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(client.requestState("Stop")).resolves.toEqual({
      connectionClosed: false,
      status: 200,
    });
  });

  test.each([
    [
      500,
      '{"error":"Invalid virtual machine state transition"}',
      '"Invalid virtual machine state transition"',
    ],
    [500, "", "(empty)"],
    [500, "<h1>oops</h1>", '"<h1>oops</h1>"'],
    [400, '{"error":"unexpected EOF"}\0', '"unexpected EOF"'],
  ])("is refused with %d and %j", async (status, body, message) => {
    await using server = await serveHttp((_request, response) => {
      response.statusCode = status;
      response.end(body);
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(client.requestState("Stop")).rejects.toMatchObject({
      code: "ERR_VFKIT_CHANGE_REFUSED",
      message: expect.stringContaining(`refused Stop: ${message}`),
      hint: expect.stringContaining("paused"),
    });
  });

  test.each([
    [404, "404 page not found"],
    [302, ""],
    [400, "?"],
  ])("meets something that is not vfkit: %d", async (status, body) => {
    await using server = await serveHttp((_request, response) => {
      response.writeHead(status, { location: "/elsewhere" });
      response.end(body);
    });
    await using client = openVfkitClient({ socketPath: server.socketPath });
    await expect(client.requestState("Pause")).rejects.toMatchObject({
      code: "ERR_VFKIT_BAD_RESPONSE",
      message: expect.stringContaining(`answered ${status}`),
    });
  });

  test.each(["", "HTTP/1.1 2", "HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n{"])(
    "HardStop that ends the process after %j was done",
    async (sent) => {
      await using server = await serveRaw((socket) => {
        socket.once("data", () => socket.end(sent));
      });
      await using client = openVfkitClient({ socketPath: server.socketPath });
      await expect(client.requestState("HardStop")).resolves.toEqual({ connectionClosed: true });
      await expect(client.requestState("Stop")).rejects.toMatchObject({
        code: "ERR_VFKIT_CONNECTION_CLOSED",
      });
    },
  );

  test("HardStop answered by a reset was done", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await using client = openVfkitClient(`tcp://127.0.0.1:${port}`);
    await expect(client.requestState("HardStop")).resolves.toEqual({ connectionClosed: true });
    await expect(client.requestState("Resume")).rejects.toMatchObject({
      code: "ERR_VFKIT_CONNECTION_CLOSED",
    });
    server.close();
  });

  test("HardStop where nobody listens was not done", async () => {
    await using place = await makeSocketPath();
    await using client = openVfkitClient(place);
    await expect(client.requestState("HardStop")).rejects.toMatchObject({
      code: "ERR_VFKIT_NOT_LISTENING",
      message: expect.stringContaining(place.socketPath),
    });
  });
});
