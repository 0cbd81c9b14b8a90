import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { assertSuccess } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { connectSsh, runCommand, type SshTarget } from "../src/index.js";
import { keyDirectoryOfEachTest } from "./support/key-directory.js";
import { codeOf, errorOf } from "./support/codes.js";
import {
  startFakeGuest,
  targetIn,
  type FakeGuest,
  type FakeGuestOptions,
} from "./support/fake-guest.js";
import { freePort, listen } from "./support/tcp.js";

const dir = keyDirectoryOfEachTest();

/** A guest that has our key, and the way to it. */
async function start(
  options: Partial<FakeGuestOptions> = {},
): Promise<{ guest: FakeGuest; target: SshTarget } & AsyncDisposable> {
  const guest = await startFakeGuest({ authorizedKeys: [dir.publicKey], ...options });
  return {
    guest,
    target: targetIn(dir.path, guest.port),
    [Symbol.asyncDispose]: () => guest[Symbol.asyncDispose](),
  };
}

async function* endless(onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (;;) yield Buffer.alloc(64 * 1024);
  } finally {
    onEnd();
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
  throw new RangeError("the caller's stream");
}

describe("runCommand", () => {
  it("brings back output, errors and exit code, and closes the connection", async () => {
    await using machine = await start();
    const result = await runCommand(machine.target, "echo out; echo err >&2; exit 7");
    expect(result).toEqual({
      argv: ["ssh", "Dev-1", "echo out; echo err >&2; exit 7"],
      exitCode: 7,
      signal: undefined,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(() => assertSuccess(result)).toThrow(
      "ssh Dev-1 'echo out; echo err >&2; exit 7' exited with code 7:\n  err",
    );
    await machine.guest.idle();
  });

  it("tells a death by a signal from an exit", async () => {
    await using machine = await start();
    const result = await runCommand(machine.target, "kill -KILL $$");
    expect(result).toMatchObject({ exitCode: undefined, signal: "SIGKILL" });
  });

  it.each<[string, () => string | Uint8Array | AsyncIterable<Uint8Array>]>([
    ["text", () => "h\u00e9llo"],
    ["bytes", () => Buffer.from("h\u00e9llo")],
    [
      "a stream",
      async function* () {
        yield Buffer.from("h\u00c3".slice(0, 1));
        yield Buffer.from("\u00e9llo");
      },
    ],
    ["nothing", () => ""],
  ])("feeds stdin with %s and ends it", async (name, stdin) => {
    await using machine = await start();
    const { stdout } = await runCommand(machine.target, "cat", { stdin: stdin() });
    expect(stdout).toBe(name === "nothing" ? "" : "h\u00e9llo");
  });

  it("ends stdin at once when there is none", async () => {
    await using machine = await start();
    expect((await runCommand(machine.target, "cat; echo done")).stdout).toBe("done\n");
  });

  it("carries megabytes both ways, to the byte", async () => {
    await using machine = await start();
    const stdin = randomBytes(8 * 1024 * 1024);
    const chunks: Uint8Array[] = [];
    const onStdout = (chunk: Uint8Array): void => void chunks.push(chunk);
    const result = await runCommand(machine.target, "cat", { stdin, onStdout });
    expect(Buffer.concat(chunks).equals(stdin)).toBe(true);
    expect(result.stdout).toBe("");
  });

  it("does not hang on a command that ends without reading its stdin", async () => {
    await using machine = await start();
    const ended = new AbortController();
    const stdin = endless(() => ended.abort());
    const stopped = once(ended.signal, "abort");
    expect((await runCommand(machine.target, "exec true", { stdin })).exitCode).toBe(0);
    // What feeds it is told to stop.
    await stopped;
  });

  it("keeps a limit on what it keeps, and none on what it hands on", async () => {
    await using machine = await start();
    const flood = "head -c 3000000 /dev/zero";
    expect(await codeOf(runCommand(machine.target, flood))).toBe("ERR_OUTPUT_TOO_LARGE");
    expect(await codeOf(runCommand(machine.target, `${flood} >&2`))).toBe("ERR_OUTPUT_TOO_LARGE");
    const limited = runCommand(machine.target, "printf 12345", { maxOutputBytes: 5 });
    expect((await limited).stdout).toBe("12345");
    let bytes = 0;
    const onStderr = (chunk: Uint8Array): void => void (bytes += chunk.length);
    await runCommand(machine.target, `${flood} >&2`, { onStderr });
    expect(bytes).toBe(3_000_000);
    await machine.guest.idle();
  });

  it("ends at its deadline, with the signal, and when the caller's function throws", async () => {
    await using machine = await start();
    const sleep = (options: object): Promise<unknown> =>
      runCommand(machine.target, "echo up; exec sleep 600", options);
    const error = await errorOf(sleep({ timeoutMs: 300 }));
    expect(error.code).toBe("ERR_TIMEOUT");
    expect(error.message).toBe(
      `docker@127.0.0.1:${machine.guest.port}: echo up; exec sleep 600: gave up after 300 ms`,
    );
    const controller = new AbortController();
    const onStdout = (): void => controller.abort();
    expect(await codeOf(sleep({ signal: controller.signal, onStdout }))).toBe("ERR_ABORTED");
    const thrown = sleep({
      onStdout: () => {
        throw new RangeError("the caller's own");
      },
    });
    await expect(thrown).rejects.toThrow(RangeError);
    await expect(sleep({ stdin: failing() })).rejects.toThrow(RangeError);
    await machine.guest.idle();
  });

  it("says that the connection was lost, and not that the command succeeded", async () => {
    const lost: { cut?: () => void } = {};
    await using machine = await start({ onExec: () => lost.cut?.() });
    lost.cut = machine.guest.cut;
    expect(await codeOf(runCommand(machine.target, "true"))).toBe("ERR_SSH_CONNECTION_LOST");
  });

  it("says that the guest does not run commands", async () => {
    await using machine = await start({ refuseExec: true });
    expect(await codeOf(runCommand(machine.target, "true"))).toBe("ERR_SSH_COMMAND_REFUSED");
  });

  it.each(["", "  ", "a\0b"])("refuses %j, which is no command", async (command) => {
    await using machine = await start();
    expect(await codeOf(runCommand(machine.target, command))).toBe("ERR_SSH_INVALID_COMMAND");
  });

  it("does not retry: a closed port, another service, a strange key are failures", async () => {
    expect(await codeOf(runCommand(targetIn(dir.path, await freePort()), "true"))).toBe(
      "ERR_SSH_CONNECT_FAILED",
    );
    await using web = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await codeOf(runCommand(targetIn(dir.path, web.port), "true"))).toBe(
      "ERR_SSH_CONNECT_FAILED",
    );
    await using stranger = await startFakeGuest({ authorizedKeys: [] });
    expect(await codeOf(runCommand(targetIn(dir.path, stranger.port), "true"))).toBe(
      "ERR_SSH_AUTH_FAILED",
    );
    await using silent = await listen(() => undefined);
    const target = targetIn(dir.path, silent.port);
    expect(await codeOf(runCommand(target, "true", { timeoutMs: 200 }))).toBe("ERR_TIMEOUT");
  });
});

describe("connectSsh", () => {
  it("runs several commands over one login, also at once, until it is closed", async () => {
    await using machine = await start();
    const connection = await connectSsh(machine.target);
    expect(connection.banner).toMatch(/^SSH-2\.0-ssh2js/);
    const results = await Promise.all([1, 2, 3].map((n) => connection.run(`echo ${n}`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n", "3\n"]);
    // A command that is given up does not take the connection with it.
    expect(await codeOf(connection.run("sleep 600", { timeoutMs: 100 }))).toBe("ERR_TIMEOUT");
    expect((await connection.run("echo 4")).stdout).toBe("4\n");
    expect(machine.guest.logins.accepted).toBe(1);

    const running = codeOf(connection.run("sleep 600"));
    await connection.close();
    expect(await running).toBe("ERR_SSH_CONNECTION_LOST");
    await connection.close();
    await machine.guest.idle();
    expect(await codeOf(connection.run("true"))).toBe("ERR_SSH_CONNECTION_LOST");
  });

  it("closes in peace what the guest has cut already", async () => {
    await using machine = await start();
    const cuts: (() => void)[] = [];
    await using forwarder = await listen((socket) => {
      const onward = connect(machine.target.port, "127.0.0.1");
      onward.on("error", () => undefined);
      socket.pipe(onward).pipe(socket);
      socket.on("close", () => onward.destroy());
      cuts.push(() => socket.resetAndDestroy());
    });
    const connection = await connectSsh({ ...machine.target, port: forwarder.port });
    for (const cut of cuts) cut();
    expect(await connection.close()).toBeUndefined();
  });

  it("closes by itself at the end of an `await using` block", async () => {
    await using machine = await start();
    {
      await using connection = await connectSsh(machine.target);
      expect((await connection.run("true")).exitCode).toBe(0);
    }
    await machine.guest.idle();
  });
});
