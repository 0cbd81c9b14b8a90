import { createManualClock } from "@vfkit-machine/host/testing";
import { expect, test } from "vitest";
import { openVfkitClient } from "../src/index.js";
import {
  createHappening,
  failureOf,
  makeSocketPath,
  serveHttp,
  serveRaw,
  stateJson,
} from "./servers.js";

const quickly = { intervalMs: 1 };

test("waits through the states on the way, and tells of each answer", async () => {
  const states = ["Stopped", "Starting", "Starting", "Hibernating", "Running"];
  await using server = await serveHttp((_request, response) => {
    response.end(stateJson(states.shift() ?? "Running"));
  });
  await using client = openVfkitClient({ socketPath: server.socketPath });
  const seen: string[] = [];
  const report = await client.waitForState("Running", {
    ...quickly,
    onState: ({ state }) => seen.push(state),
  });
  expect(report).toMatchObject({ state: "Running", canStop: true });
  expect(seen).toEqual(["Stopped", "Starting", "Starting", "Unknown", "Running"]);
});

test("waits for a vfkit that does not listen yet, and for one that does no longer", async () => {
  await using place = await makeSocketPath();
  await using client = openVfkitClient(place);
  const asked = createHappening();
  const running = client.waitForState("Running", { ...quickly, onState: asked.happen });
  await asked.happened;
  {
    await using server = await serveHttp(
      (_, response) => response.end("running"),
      place.socketPath,
    );
    await expect(running).resolves.toMatchObject({ state: "Running" });
    expect(server.connections).toHaveLength(1);
  }
  await expect(client.waitForState(["Stopped", "NotListening"], quickly)).resolves.toEqual({
    state: "NotListening",
  });
});

test("goes on when one question is not answered", async () => {
  let connections = 0;
  await using server = await serveRaw((socket) => {
    connections += 1;
    const mine = connections;
    socket.on("data", () => {
      if (mine === 1) socket.destroy();
      // The second one never answers: its call times out.
      if (mine >= 3) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nrunning");
    });
  });
  await using client = openVfkitClient({ socketPath: server.socketPath }, { timeoutMs: 20 });
  await expect(client.waitForState("Running", quickly)).resolves.toMatchObject({
    state: "Running",
  });
  expect(connections).toBeGreaterThanOrEqual(3);
});

test("ends at its deadline and says what it saw last", async () => {
  const clock = createManualClock();
  await using server = await serveHttp((_request, response) => response.end(stateJson("Paused")));
  await using client = openVfkitClient({ socketPath: server.socketPath }, { clock });
  const seen = createHappening();
  const failure = failureOf(client.waitForState(["Running", "Stopped"], { onState: seen.happen }));
  await seen.happened;
  await clock.advance(30_000);
  expect(await failure).toMatchObject({
    code: "ERR_TIMEOUT",
    message: `waiting for ${server.socketPath} to be Running or Stopped (last seen: VirtualMachineStatePaused): gave up after 30 s`,
  });
});

test("ends when it is aborted", async () => {
  await using place = await makeSocketPath();
  await using client = openVfkitClient(place);
  const controller = new AbortController();
  const onState = (): void => controller.abort("enough");
  await expect(
    client.waitForState("Running", { signal: controller.signal, onState }),
  ).rejects.toMatchObject({ code: "ERR_ABORTED", cause: "enough" });
});

test("does not wait for a machine that has failed, unless that is what is wanted", async () => {
  await using server = await serveHttp((_request, response) => response.end(stateJson("Error")));
  await using client = openVfkitClient({ socketPath: server.socketPath });
  await expect(client.waitForState("Running")).rejects.toMatchObject({
    code: "ERR_VFKIT_MACHINE_FAILED",
  });
  await expect(client.waitForState("Error")).resolves.toMatchObject({ state: "Error" });
});

test("does not wait for something that is not vfkit", async () => {
  await using server = await serveHttp((_request, response) => response.end("<html></html>"));
  await using client = openVfkitClient({ socketPath: server.socketPath });
  await expect(client.waitForState("Running")).rejects.toMatchObject({
    code: "ERR_VFKIT_BAD_RESPONSE",
  });
});
