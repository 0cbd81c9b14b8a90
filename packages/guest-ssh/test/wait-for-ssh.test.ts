import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readFile, stat } from "node:fs/promises";
import { type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import {
  generateKeyPair,
  SshAttemptError,
  waitForSsh,
  type SshFailureReason,
} from "../src/index.js";
import { watchAttempts } from "./support/attempts.js";
import { codeOf, errorOf } from "./support/codes.js";
import { keyDirectoryOfEachTest } from "./support/key-directory.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";
import { freePort, listen } from "./support/tcp.js";

const python = await findExecutable(createHost(), "python3");

const dir = keyDirectoryOfEachTest();

const knownHosts = (): Promise<string> => readFile(join(dir.path, "known_hosts"), "utf8");

describe("waitForSsh", () => {
  it("logs in, pins the host key, and leaves no connection", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    const answer = await waitForSsh(targetIn(dir.path, guest.port));
    expect(answer).toEqual({
      banner: expect.stringMatching(/^SSH-2\.0-ssh2js/),
      attempts: expect.any(Number),
      durationMs: expect.any(Number),
    });
    expect(guest.logins).toEqual({ accepted: 1, refused: 0 });
    // No round trip for "none", no password: only the key, asked for and then proven.
    expect(guest.authMethods).toEqual(["publickey", "publickey"]);
    await guest.idle();
    expect(await knownHosts()).toMatch(/^dev-1 ssh-ed25519 [A-Za-z0-9+/]{68}\n$/);
    expect((await stat(join(dir.path, "known_hosts"))).mode & 0o777).toBe(0o600);
  });

  it("needs no key to see a banner, and pins nothing then", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [] });
    const target = { ...targetIn(dir.path, guest.port), privateKeyPath: "/nonexistent" };
    const answer = await waitForSsh(target, { probe: "banner" });
    expect(answer.banner).toMatch(/^SSH-2\.0-/);
    expect(guest.authMethods).toEqual([]);
    await guest.idle();
    await expect(knownHosts()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("notices soon that a refused port has opened", async () => {
    const port = await freePort();
    const attempts = watchAttempts();
    const waiting = waitForSsh(targetIn(dir.path, port), attempts);
    await attempts.saw("refused", 5);
    const before = performance.now();
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey], port });
    const answer = await waiting;
    // Far from a second, and far from a tight loop.
    expect(performance.now() - before).toBeLessThan(900);
    // Those that failed and the one that got in; a slow computer may have begun one beside them.
    expect(answer.attempts).toBeGreaterThan(attempts.seen.length);
    expect(guest.logins.accepted).toBe(1);
    expect(attempts.seen[0]).toMatchObject({
      attempts: 1,
      reason: "refused",
      message: `127.0.0.1:${port} refused the connection (ECONNREFUSED)`,
    });
  });

  it.runIf(process.platform === "linux" && python !== undefined)(
    "does not wait for the second after which the system repeats a lost packet (needs python3 on Linux)",
    async () => {
      const fixture = join(import.meta.dirname, "fixtures", "full-backlog.py");
      const child = spawn("python3", [fixture], { stdio: ["pipe", "pipe", "inherit"] });
      try {
        const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
        const port = Number((await lines.next()).value);
        const attempts = watchAttempts();
        const waiting = waitForSsh(targetIn(dir.path, port), { ...attempts, probe: "banner" });
        // The first connection is given up after a second: nine more have begun beside it.
        await attempts.saw("no-answer");
        expect(attempts.seen[0]?.attempts).toBeGreaterThan(5);
        expect(attempts.seen[0]?.message).toBe(`127.0.0.1:${port} did not answer within 1000 ms`);
        child.stdin.write("\n");
        await lines.next();
        const before = performance.now();
        expect((await waiting).banner).toBe("SSH-2.0-late");
        expect(performance.now() - before).toBeLessThan(600);
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    },
  );

  it("is not content with a port that accepts and says nothing", async () => {
    await using silent = await listen(() => undefined);
    const target = targetIn(dir.path, silent.port);
    const error = await errorOf(waitForSsh(target, { timeoutMs: 300 }));
    expect(error.code).toBe("ERR_SSH_TIMEOUT");
    expect(error.message).toContain("accepted the connection and has said nothing yet");
    expect(error.cause).toMatchObject({ reason: "silent" });
    // Accepted once, and then left in peace: the next attempt comes much later.
    expect(silent.accepted()).toBe(1);
  });

  it("takes a second connection for the answer when the first stays silent", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    let connections = 0;
    await using forwarder = await listen((socket) => {
      connections++;
      if (connections > 1) socket.end("SSH-2.0-second\r\n");
    });
    const target = targetIn(dir.path, forwarder.port);
    const answer = await waitForSsh(target, { probe: "banner" });
    expect(answer).toMatchObject({ banner: "SSH-2.0-second", attempts: 2 });
    expect(guest.logins.accepted).toBe(0);
  });

  it.each<[SshFailureReason, string, (socket: Socket) => void]>([
    ["closed", "closed it without a word", (socket) => socket.end()],
    ["closed", "broke the connection off (ECONNRESET)", (socket) => socket.resetAndDestroy()],
    ["not-ssh", 'it said "220 mail"', (socket) => socket.end("220 mail\u001b[31m\r\n")],
    ["not-ssh", 'it said "xxx', (socket) => socket.write("x".repeat(10_000))],
    ["handshake-failed", "broke off the login", (socket) => socket.end("SSH-2.0-x\r\ngarbage!")],
    // Again when the deadline fell into an attempt: then that one is reported.
  ])(
    "reports at its deadline what it met: %s, %s",
    { retry: 3 },
    async (reason, said, onConnection) => {
      await using server = await listen(onConnection);
      const attempts = watchAttempts();
      const target = targetIn(dir.path, server.port);
      const error = await errorOf(waitForSsh(target, { timeoutMs: 1000, ...attempts }));
      expect(error.code).toBe("ERR_SSH_TIMEOUT");
      expect(error.message).toContain(said);
      expect(error.message).toContain(
        `docker@127.0.0.1:${server.port} did not answer SSH within 1 s`,
      );
      expect(error.cause).toBeInstanceOf(SshAttemptError);
      expect(error.cause).toMatchObject({ reason });
      // At least 100 ms apart.
      expect(attempts.seen.length).toBeGreaterThan(1);
      expect(attempts.seen.length).toBeLessThanOrEqual(11);
    },
  );

  it("goes on when a key is refused, and gets in once it is installed", async () => {
    const authorizedKeys: string[] = [];
    await using guest = await startFakeGuest({ authorizedKeys });
    const target = targetIn(dir.path, guest.port);
    const attempts = watchAttempts();
    const waiting = waitForSsh(target, attempts);
    await attempts.saw("auth-failed");
    expect(attempts.seen[0]?.message).toBe(
      `docker@127.0.0.1:${guest.port} does not take the key ${target.privateKeyPath}`,
    );
    // The key of a server that did not let us in is not pinned.
    await expect(knownHosts()).rejects.toMatchObject({ code: "ENOENT" });
    authorizedKeys.push(dir.publicKey);
    expect((await waiting).attempts).toBeGreaterThan(attempts.seen.length);
    expect(await knownHosts()).toContain("dev-1 ");
  });

  it("says at its deadline that the key was refused", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [generateKeyPair().publicKey] });
    const target = targetIn(dir.path, guest.port);
    const attempts = watchAttempts();
    const error = await errorOf(waitForSsh(target, { timeoutMs: 1500, ...attempts }));
    expect(error.code).toBe("ERR_SSH_TIMEOUT");
    // After 250 ms, then 500: servers penalise who comes more often.
    const [first = 0, second = 0, third = 0] = attempts.seen.map(({ elapsedMs }) => elapsedMs);
    expect(second - first).toBeGreaterThanOrEqual(249);
    expect(third - second).toBeGreaterThanOrEqual(499);
    expect(error.cause).toMatchObject({ reason: "auth-failed", code: "ERR_SSH_AUTH_FAILED" });
    expect(error.hint).toContain("public key");
    await guest.idle();
  });

  it("does not wait for a key that cannot be used", async () => {
    const target = targetIn(dir.path, await freePort());
    const missing = { ...target, privateKeyPath: join(dir.path, "missing") };
    expect(await codeOf(waitForSsh(missing))).toBe("ERR_SSH_KEY_UNREADABLE");
    await appendFile(join(dir.path, "garbage"), "no key\n");
    const garbage = { ...target, privateKeyPath: join(dir.path, "garbage") };
    expect(await codeOf(waitForSsh(garbage))).toBe("ERR_SSH_KEY_UNREADABLE");
    const publicHalf = { ...target, privateKeyPath: `${target.privateKeyPath}.pub` };
    expect(await codeOf(waitForSsh(publicHalf))).toBe("ERR_SSH_KEY_UNREADABLE");
  });
});
