import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseInspect, restUriForUnixSocket } from "@vfkit-machine/vfkit-config";
import { openVfkitClient, type VfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeEachVersion } from "./support/each-version.js";
import { rawRequest, type RawReply } from "./support/raw-request.js";
import { serveMachine, type ServedMachine } from "./support/served-machine.js";
import { isSince } from "./support/versions.js";

const STATES = [
  "Stopped",
  "Running",
  "Paused",
  "Error",
  "Starting",
  "Pausing",
  "Resuming",
  "Stopping",
  "Saving",
  "Restoring",
] as const;
const RUNNING = "VirtualMachineStateRunning";

describeEachVersion("vfkit-rest-client and vfkit's own server", (program) => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "contract-rest-"));
  });

  afterEach(() => rm(directory, { recursive: true }));

  const uriOf = {
    "a unix socket": () =>
      Promise.resolve(restUriForUnixSocket(join(directory, "vfkit 100%?#ü.sock"))),
    TCP: async () => `tcp://127.0.0.1:${await freePort()}`,
  };

  describe.each(["a unix socket", "TCP"] as const)("over %s", (transport) => {
    let uri: string;
    let served: ServedMachine;
    let client: VfkitClient;

    beforeEach(async () => {
      uri = await uriOf[transport]();
      served = serveMachine(program, uri);
      client = openVfkitClient(uri);
      await client.waitForState("Stopped", { timeoutMs: 20_000, intervalMs: 5 });
    });

    afterEach(async () => {
      await client[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    });

    test("every state by its name", async () => {
      for (const state of STATES) {
        await served.follow({ state: `VirtualMachineState${state}` });
        expect(await client.getState()).toEqual({
          state,
          raw: `VirtualMachineState${state}`,
          canStart: state === "Stopped",
          canPause: state === "Running",
          canResume: state === "Paused",
          canStop: state === "Running",
          canHardStop: state === "Running" || state === "Paused",
        });
      }
    });

    test("every change is taken with 202, and shows", async () => {
      await served.follow({ state: RUNNING });
      const accepted = { connectionClosed: false, status: 202 };
      expect(await client.requestState("Pause")).toEqual(accepted);
      expect((await client.getState()).state).toBe("Paused");
      expect(await client.requestState("Resume")).toEqual(accepted);
      expect(await client.requestState("Stop")).toEqual(accepted);
      expect((await client.getState()).state).toBe("Running");
      expect(await client.requestState("HardStop")).toEqual(accepted);
      expect((await client.getState()).state).toBe("Stopped");
    });

    test("a change that is refused: 500, with vfkit's words", async () => {
      await served.follow({ state: RUNNING, refuse: "not now <&> ü" });
      await expect(client.requestState("Pause")).rejects.toMatchObject({
        code: "ERR_VFKIT_CHANGE_REFUSED",
        message: expect.stringContaining("not now <&> ü"),
      });
    });

    test("a HardStop that ends the process first", async () => {
      await served.follow({ state: RUNNING, dieOnHardStop: true });
      expect(await client.requestState("HardStop")).toEqual({ connectionClosed: true });
      expect(await served.exited).toBe(0);
      await expect(client.getState()).rejects.toMatchObject({ code: "ERR_VFKIT_NOT_LISTENING" });
      const after = await client.waitForState(["Stopped", "NotListening"]);
      expect(after.state).toBe("NotListening");
    });

    test("a vfkit that is slow is waited for, but not for ever", async () => {
      await served.follow({ state: RUNNING, delayMs: 300 });
      await expect(client.getState({ timeoutMs: 50 })).rejects.toMatchObject({
        code: "ERR_TIMEOUT",
      });
      expect((await client.getState({ timeoutMs: 20_000 })).state).toBe("Running");
    });

    test("inspect is vfkit's own JSON, and read as the machine that it is", async () => {
      const inspected = await client.inspect();
      if (!isSince(program.version, "0.6.0")) {
        // The names of Go's fields, in capitals: nobody should take that for today's.
        expect(() => parseInspect(inspected)).toThrow(/bootloader/);
        return;
      }
      expect(parseInspect(inspected)).toMatchObject({
        cpus: 2,
        memoryMiB: 2048,
        bootloader: { kernelCmdline: 'console=hvc0 user="docker"' },
        devices: [
          { kind: "virtio-rng" },
          { kind: "virtio-net", attachment: { kind: "nat" }, macAddress: "5a:94:ef:e4:0c:ee" },
          { kind: "virtio-serial", attachment: { kind: "log-file", path: "/vm/serial.log" } },
          { kind: "virtio-fs", sharedDir: "/Users", mountTag: "users" },
        ],
      });
    });

    test("what is no change: 400 when it is no JSON, 500 when nobody knows it", async () => {
      expect(await post(uri, "{")).toMatchObject({
        status: 400,
        body: expect.stringContaining("error"),
      });
      expect(await post(uri, "")).toMatchObject({ status: 400 });
      expect(await post(uri, '{"state":"Sleep"}')).toMatchObject({
        status: 500,
        body: '{"error":"invalid new VMState: Sleep"}',
      });
      expect(await post(uri, '{"state":"Stop"}')).toMatchObject({ status: 202, body: "" });
    });
  });

  test("a socket that was left behind ends it with 1, and stays", async () => {
    const path = join(directory, "vfkit.sock");
    await writeFile(path, "");
    await using served = serveMachine(program, restUriForUnixSocket(path));
    expect(await served.exited).toBe(1);
    expect(served.lastWords()).toContain("address already in use");
    expect(existsSync(path)).toBe(true);
  });
});

function post(uri: string, body: string): Promise<RawReply> {
  return rawRequest(uri, { method: "POST", path: "/vm/state", body });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no TCP address");
  return address.port;
}
