import { join } from "node:path";
import { createHost } from "@vfkit-machine/host";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { expect, test } from "vitest";
import { serveHttp, stateJson } from "./servers.js";

test("the example of the README runs", async () => {
  let state = "Stopped";
  await using server = await serveHttp((request, response) => {
    if (request.method === "POST") {
      state = "Stopped";
      response.statusCode = 202;
      response.end();
      return;
    }
    response.end(request.url === "/vm/inspect" ? '{"vcpus":2}' : stateJson(state));
    // The machine starts once somebody has seen that it does not run yet.
    state = "Running";
  });
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
    env: { ...createHost().env, VFKIT_SOCKET: server.socketPath },
    timeoutMs: 20_000,
  });
  expect(result).toMatchObject({
    stderr: "",
    stdout: "running on 2 CPUs\nStopped\n",
    exitCode: 0,
  });
});
