import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  createHost,
  exitsWithin,
  findExecutable,
  inspectProcess,
  isAlive,
  listProcesses,
  signalProcess,
  terminate,
  timeoutError,
  waitForExit,
  type Host,
} from "../src/index.js";
import { child } from "./child.js";
import { codeOf } from "./codes.js";

const host = createHost();
const python = host.platform === "linux" ? await findExecutable(host, "python3") : undefined;

/** Ends its first thread alone, as a SIGKILL does for a moment on a busy computer; the other with its input. */
const ENDS_ITS_FIRST_THREAD = `
import ctypes, os, platform, sys, threading
def wait():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=wait).start()
print("up", flush=True)
SYS_EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]
ctypes.CDLL(None).syscall(SYS_EXIT, 0)
`;

describe("waitForExit", () => {
  it("ends with the process, at the deadline, or with the signal", async () => {
    await using running = await child();
    const identity = await inspectProcess(host, running.pid);
    if (identity === undefined) throw new Error("unreachable");
    expect(await codeOf(waitForExit(host, identity, { timeoutMs: 20 }))).toBe("ERR_TIMEOUT");
    const signal = AbortSignal.timeout(20);
    expect(await codeOf(waitForExit(host, identity, { signal }))).toBe("ERR_ABORTED");
    expect(await exitsWithin(host, identity, 20)).toBe(false);
    const aborted = exitsWithin(host, identity, 1_000, AbortSignal.abort());
    expect(await codeOf(aborted)).toBe("ERR_ABORTED");
    const exited = waitForExit(host, identity);
    signalProcess(running.pid, "SIGTERM");
    await exited;
    expect(await exitsWithin(host, identity, 20)).toBe(true);
  });

  it.skipIf(python === undefined)(
    `waits for the last thread, which holds the process's sockets${python === undefined ? " (skipped: needs Linux with python3)" : ""}`,
    async () => {
      const started = spawn(python ?? "", ["-c", ENDS_ITS_FIRST_THREAD]);
      onTestFinished(() => void started.kill("SIGKILL"));
      await once(started.stdout, "data");
      const { pid = 0 } = started;
      await vi.waitFor(async () =>
        expect(await inspectProcess(host, pid)).toMatchObject({ command: "" }),
      );
      const identity = await inspectProcess(host, pid);
      if (identity === undefined) throw new Error("unreachable");
      expect(await listProcesses(host)).toContainEqual({ ...identity, parentPid: process.pid });
      expect(await codeOf(waitForExit(host, identity, { timeoutMs: 20 }))).toBe("ERR_TIMEOUT");
      started.stdin.end();
      await waitForExit(host, identity);
      expect(await inspectProcess(host, pid)).toBeUndefined();
    },
  );
});

describe("exitsWithin", () => {
  it("asks ps again when that was too slow once: its deadline is not the end of the wait", async () => {
    await using running = await child();
    const startTime = "Sun Nov 22 02:11:00 2026";
    let asked = 0;
    const mac: Host = {
      ...host,
      platform: "darwin",
      runner: {
        ...host.runner,
        run: async (file, args) => {
          asked += 1;
          if (asked === 1) throw timeoutError(file, 5_000);
          process.kill(running.pid, "SIGKILL");
          const stdout = `${startTime} S /opt/homebrew/bin/vfkit\n`;
          return { argv: [file, ...args], exitCode: 0, signal: undefined, stdout, stderr: "" };
        },
      },
    };
    expect(await exitsWithin(mac, { pid: running.pid, startTime }, 30_000)).toBe(true);
    expect(asked).toBeGreaterThan(1);
  });
});

describe("terminate", () => {
  it("stops waiting when aborted, and sends no SIGKILL then", async () => {
    await using stubborn = await child("process.on('SIGTERM',()=>{});process.stdin.resume()");
    const identity = await inspectProcess(host, stubborn.pid);
    if (identity === undefined) throw new Error("unreachable");
    const signal = AbortSignal.timeout(30);
    expect(await codeOf(terminate(host, identity, { gracePeriodMs: 10_000, signal }))).toBe(
      "ERR_ABORTED",
    );
    expect(await isAlive(host, identity)).toBe(true);
    expect(await terminate(host, identity, { gracePeriodMs: 0 })).toBe("killed");
  });

  it("with its group ends a process that leads none, alone", async () => {
    await using member = await child();
    const identity = await inspectProcess(host, member.pid);
    if (identity === undefined) throw new Error("unreachable");
    const options = { gracePeriodMs: 0, killTimeoutMs: 1_000, group: true };
    expect(await terminate(host, identity, options)).toBe("killed");
  });
});
