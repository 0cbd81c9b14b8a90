import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createHost } from "@vfkit-machine/host";
import { expect, test } from "vitest";
import { openVfkitClient } from "../src/index.js";
import { answer, createHappening, failureOf, serveRaw, stateJson } from "./servers.js";

test("disposing closes the connection, again and again", async () => {
  await using server = await answer(stateJson("Running"));
  const client = openVfkitClient({ socketPath: server.socketPath });
  await client.getState();
  const [socket] = server.connections;
  if (socket === undefined) throw new Error("nobody connected");
  const closed = once(socket, "close");
  await client[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await closed;
  for (const call of [
    client.getState(),
    client.inspect(),
    client.requestState("Stop"),
    client.waitForState("Running"),
  ]) {
    await expect(call).rejects.toMatchObject({ code: "ERR_VFKIT_CLIENT_CLOSED" });
  }
});

test("disposing ends the calls under way", async () => {
  let requests = 0;
  const bothAsked = createHappening();
  await using server = await serveRaw((socket) => {
    socket.once("data", () => {
      requests += 1;
      if (requests === 2) bothAsked.happen();
    });
  });
  const client = openVfkitClient({ socketPath: server.socketPath });
  const closed = { code: "ERR_VFKIT_CLIENT_CLOSED" };
  const failures = [client.getState(), client.requestState("HardStop")].map(failureOf);
  await bothAsked.happened;
  await client[Symbol.asyncDispose]();
  expect(await Promise.all(failures)).toMatchObject([closed, closed]);
});

test("a client that nobody disposed of keeps no process alive", async () => {
  await using server = await answer(stateJson("Running"));
  const program = fileURLToPath(new URL("fixtures/forget-client.mjs", import.meta.url));
  const { runner, env } = createHost();
  const result = await runner.run(process.execPath, [program, server.socketPath], {
    env,
    timeoutMs: 20_000,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: "Running\n" });
});
