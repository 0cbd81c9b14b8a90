import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHost, systemClock, type Clock } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { CLOSE_TIMEOUT_MS } from "../src/defaults.js";
import { waitForSsh } from "../src/index.js";
import { codeOf, errorOf } from "./support/codes.js";
import { keyDirectoryOfEachTest } from "./support/key-directory.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";
import { freePort, listen } from "./support/tcp.js";

/** May we have a network namespace of our own? */
const canUnshare =
  process.platform === "linux" &&
  (await promisify(execFile)("unshare", ["-rn", "true"]).then(
    () => true,
    () => false,
  ));

const dir = keyDirectoryOfEachTest();

describe("waitForSsh", () => {
  it("ends with what the caller's own function throws", async () => {
    await using stranger = await startFakeGuest({ authorizedKeys: [] });
    for (const port of [await freePort(), stranger.port]) {
      const waiting = waitForSsh(targetIn(dir.path, port), {
        onAttempt: () => {
          throw new RangeError("the caller's own");
        },
      });
      await expect(waiting).rejects.toThrow(RangeError);
    }
    await stranger.idle();
  });

  it("closes the connection whose banner came before the key failed", async () => {
    const target = { ...targetIn(dir.path, 0), privateKeyPath: join(dir.path, "fifo") };
    // Reading it waits until somebody writes.
    await promisify(execFile)("mkfifo", [target.privateKeyPath]);
    for (let i = 0; i < 5; i++) {
      await using server = await listen((socket) => {
        socket.resume();
        socket.on("end", () => socket.end());
        socket.write("SSH-2.0-x\r\n", () => void writeFile(target.privateKeyPath, "no key"));
      });
      const error = await errorOf(waitForSsh({ ...target, port: server.port }));
      expect(error.code).toBe("ERR_SSH_KEY_UNREADABLE");
      await server.idle();
    }
  });

  it("does not wait for a server that does not close its end", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    await using forwarder = await listen((socket) => {
      const onward = connect(guest.port, "127.0.0.1");
      onward.on("error", () => undefined);
      socket.pipe(onward, { end: false });
      onward.pipe(socket, { end: false });
      socket.on("close", () => onward.destroy());
    });
    // Without the time after which a connection is cut.
    const clock: Clock = {
      ...systemClock,
      schedule: (ms, callback) =>
        ms === CLOSE_TIMEOUT_MS ? () => undefined : systemClock.schedule(ms, callback),
    };
    const answer = await waitForSsh(targetIn(dir.path, forwarder.port), { clock });
    expect(answer.attempts).toBe(1);
  });

  it("ends when it is aborted, whatever it is at", async () => {
    await using silent = await listen(() => undefined);
    await using half = await listen((socket) => socket.write("SSH-2.0-half\r\n"));
    for (const port of [await freePort(), silent.port, half.port]) {
      const signal = AbortSignal.timeout(150);
      const error = await errorOf(waitForSsh(targetIn(dir.path, port), { signal }));
      expect(error.code).toBe("ERR_ABORTED");
    }
    const aborted = AbortSignal.abort();
    expect(await codeOf(waitForSsh(targetIn(dir.path, 1), { signal: aborted }))).toBe(
      "ERR_ABORTED",
    );
  });
});

describe("waitForSsh without a way to the guest", () => {
  it.runIf(canUnshare)(
    "says that the way is blocked on this side, and where macOS does that (needs unshare on Linux)",
    async () => {
      const target = { ...targetIn(dir.path, 22), host: "192.168.64.3" };
      const program = `
        import { waitForSsh } from "@vfkit-machine/guest-ssh";
        const target = JSON.parse(process.env.TARGET);
        await waitForSsh(target, { timeoutMs: 200 }).catch(({ code, message, hint, cause }) =>
          console.log(JSON.stringify({ code, message, hint, reason: cause.reason })));`;
      // A network of its own, which leads nowhere.
      const node = [process.execPath, "--input-type=module", "-e", program];
      const result = await createHost().runner.run("unshare", ["-rn", ...node], {
        cwd: join(import.meta.dirname, ".."),
        env: { PATH: process.env["PATH"], TARGET: JSON.stringify(target) },
      });
      expect(JSON.parse(result.stdout)).toMatchObject({
        code: "ERR_SSH_TIMEOUT",
        message: expect.stringContaining("192.168.64.3:22 cannot be reached (ENETUNREACH)"),
        hint: expect.stringContaining("Privacy & Security > Local Network"),
        reason: "unreachable",
      });
    },
  );
});
