import { createHost, inspectProcess } from "@vfkit-machine/host";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  readHelperState,
  startVmnetHelper,
  stopVmnetHelper,
  type HelperRecord,
} from "../src/index.js";
import { errorOf, hostWith, Lair, leaveStaleSocket } from "./support.js";

const WAIT = { timeout: 20_000, interval: 10 };
let lair: Lair;
beforeEach(async () => {
  lair = await Lair.open();
});
afterEach(async () => {
  await lair.close();
});

const permissions = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("startVmnetHelper", () => {
  it("waits for the interface and the socket, and stops as often as one likes", async () => {
    const host = hostWith();
    const interfaceId = "2835e074-9892-4a79-affb-7e41d2605678";
    const running = await startVmnetHelper(host, lair.options({ interfaceId }));
    expect(running.interface).toMatchObject({
      vmnet_mac_address: "0a:d6:36:c1:ea:f3",
      vmnet_interface_id: interfaceId,
      x_argv: [
        "--socket",
        lair.socketPath,
        "--interface-id",
        interfaceId,
        "--operation-mode",
        "shared",
      ],
    });
    expect((await lstat(lair.socketPath)).isSocket()).toBe(true);
    expect(await permissions(lair.logPath)).toBe(0o600);
    expect(await lair.files()).toEqual(["h.log", "h.sock", "h.sock.lock"]);
    expect(await readHelperState(host, running.record, lair.socketPath)).toBe("running");

    const stop = () => stopVmnetHelper(host, running.record, { socketPath: lair.socketPath });
    expect(await stop()).toBe("terminated");
    expect(await running.exited).toEqual({ exitCode: 0, signal: undefined });
    expect(await readHelperState(host, running.record, lair.socketPath)).toBe("gone");
    expect(await lair.files()).toEqual(["h.log"]);
    expect(await stop()).toBe("already-gone");
  });

  it("puts a line together that comes in pieces", async () => {
    const running = await startVmnetHelper(hostWith("pieces"), lair.options());
    expect(running.interface).toEqual({ vmnet_mac_address: "0a:d6:36:c1:ea:f3", x: "\u00e9" });
  });

  it.skipIf(process.geteuid?.() !== 0)(
    "stays root where root runs us through sudo: the socket is in root's directory (needs root)",
    async () => {
      const { env } = hostWith();
      const host = hostWith("", { env: { ...env, SUDO_UID: "65534", SUDO_GID: "65534" } });
      await startVmnetHelper(host, lair.options());
      const { uid, mode } = await stat(lair.dir);
      expect({ uid, mode: mode & 0o777 }).toEqual({ uid: 0, mode: 0o700 });
      expect((await stat(lair.socketPath)).uid).toBe(0);
    },
  );

  it("leads a session and a process group of its own, which no Ctrl-C of ours reaches", async () => {
    const running = await startVmnetHelper(hostWith(), lair.options());
    expect(running.interface).toMatchObject({
      x_sid: running.identity.pid,
      x_pgid: running.identity.pid,
    });
  });

  it("is stopped when disposed of", async () => {
    const running = await startVmnetHelper(hostWith(), lair.options());
    await running[Symbol.asyncDispose]();
    expect(await running.exited).toEqual({ exitCode: 0, signal: undefined });
    expect(await lair.files()).toEqual(["h.log"]);
  });

  it("outlives the program that started it, and is stopped by another", async () => {
    const program = `
      import { createHost } from "@vfkit-machine/host";
      import { startVmnetHelper } from "@vfkit-machine/vmnet-helper";
      const options = JSON.parse(process.argv[1]);
      const { record } = await startVmnetHelper(createHost(), options);
      console.log(JSON.stringify(record));`;
    const args = ["--input-type=module", "-e", program, JSON.stringify(lair.options())];
    const host = hostWith();
    const started = await host.runner.run(process.execPath, args, { cwd: import.meta.dirname });
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });
    const record = JSON.parse(started.stdout) as HelperRecord;
    expect(await readHelperState(host, record, lair.socketPath)).toBe("running");
    expect(await stopVmnetHelper(host, record, lair.stop)).toBe("terminated");
  });

  it("tells of the process before it waits, and ends it when that cannot be recorded", async () => {
    const records: HelperRecord[] = [];
    const onSpawn = async (record: HelperRecord): Promise<never> => {
      records.push(record);
      expect((await inspectProcess(createHost(), record.pid))?.startTime).toBe(record.startTime);
      throw new Error("disk full");
    };
    await expect(startVmnetHelper(hostWith(), lair.options({ onSpawn }))).rejects.toThrow(
      "disk full",
    );
    expect(records).toHaveLength(1);
    expect(await lair.processes()).toEqual([]);
  });

  it("begins its log anew, and makes it private", async () => {
    await writeFile(lair.logPath, "of yesterday\n", { mode: 0o644 });
    await startVmnetHelper(hostWith(), lair.options());
    expect(await readFile(lair.logPath, "utf8")).not.toContain("yesterday");
    expect(await permissions(lair.logPath)).toBe(0o600);
  });

  it("refuses a second helper for the same socket", async () => {
    const running = await startVmnetHelper(hostWith(), lair.options());
    const error = await errorOf(startVmnetHelper(hostWith(), lair.options()));
    expect(error.code).toBe("ERR_VMNET_HELPER_ALREADY_RUNNING");
    expect(error.message).toContain(String(running.identity.pid));
  });

  it("lets one live when two start at once: a socket that is there may be the other's", async () => {
    // The second prints its line when the socket of the first is there, and fails at the lock later.
    const first = startVmnetHelper(hostWith(), lair.options());
    const second = startVmnetHelper(hostWith("late"), lair.options());
    const results = await Promise.allSettled([first, second]);
    expect(results).toEqual([
      expect.objectContaining({ status: "fulfilled" }),
      expect.objectContaining({
        status: "rejected",
        reason: expect.objectContaining({ code: "ERR_VMNET_HELPER_FAILED" }) as unknown,
      }),
    ]);
    expect(await lair.files()).toEqual(["h.log", "h.sock", "h.sock.lock"]);
    expect(await lair.processes()).toHaveLength(1);
  });
});

describe("a start that fails leaves nothing and says why", () => {
  it.each([
    ["exit", "ERR_VMNET_HELPER_FAILED", /exited with code 1 .*\n.*\n.*VMNET_FAILURE/],
    ["silent-exit", "ERR_VMNET_HELPER_FAILED", /exited with code 0 before its interface was up/],
    ["killed", "ERR_VMNET_HELPER_FAILED", /was ended by SIGKILL/],
    ["exit-late", "ERR_VMNET_HELPER_FAILED", /ERROR \[main\] bind: no/],
    ["garbage", "ERR_VMNET_HELPER_BAD_OUTPUT", /is no JSON: "not JSON at all"/],
    ["wrong-type", "ERR_VMNET_HELPER_BAD_OUTPUT", /is wrong at "vmnet_mac_address"/],
    ["half", "ERR_VMNET_HELPER_FAILED", /exited with code 0 before its interface was up/],
    ["long", "ERR_VMNET_HELPER_BAD_OUTPUT", /longer than 65536 bytes/],
  ])("%s", async (words, code, message) => {
    const error = await errorOf(startVmnetHelper(hostWith(words), lair.options()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(await lair.processes()).toEqual([]);
    expect(await lair.files()).toEqual(["h.log"]);
  });

  it.each([
    ["hang", /gave up after 200 ms/],
    ["no-socket", /gave up after 200 ms/],
  ])("%s: bounded in time", async (words, message) => {
    const error = await errorOf(
      startVmnetHelper(hostWith(words), lair.options({ timeoutMs: 200 })),
    );
    expect(error.code).toBe("ERR_TIMEOUT");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/Internet Sharing/);
    expect(await lair.processes()).toEqual([]);
    expect(await lair.files()).toEqual(["h.log"]);
  });

  it("aborted while the interface does not start", async () => {
    const controller = new AbortController();
    const options = lair.options({ signal: controller.signal });
    const error = errorOf(startVmnetHelper(hostWith("hang"), options));
    await vi.waitFor(async () => {
      expect(await readFile(lair.logPath, "utf8")).toContain("starting interface");
    }, WAIT);
    controller.abort();
    expect((await error).code).toBe("ERR_ABORTED");
    expect((await error).message).toMatch(/aborted:\n.*\n.*starting interface/);
    expect(await lair.processes()).toEqual([]);
  });

  it("aborted as soon as there is a process, or before", async () => {
    const controller = new AbortController();
    const options = lair.options({
      signal: controller.signal,
      onSpawn: () => controller.abort(),
    });
    expect((await errorOf(startVmnetHelper(hostWith("hang"), options))).code).toBe("ERR_ABORTED");
    expect(await lair.processes()).toEqual([]);
    expect((await errorOf(startVmnetHelper(hostWith("hang"), options))).code).toBe("ERR_ABORTED");
    expect(await lair.processes()).toEqual([]);
  });

  it("does not take the socket of a dead helper for its own", async () => {
    await leaveStaleSocket(lair.socketPath);
    const options = lair.options({ timeoutMs: 200 });
    expect((await errorOf(startVmnetHelper(hostWith("no-socket"), options))).code).toBe(
      "ERR_TIMEOUT",
    );
    await leaveStaleSocket(lair.socketPath);
    await startVmnetHelper(hostWith(), lair.options());
  });

  it("a helper that is not there", async () => {
    const helper = { ...lair.options().helper, path: join(lair.dir, "vmnet-helper") };
    const error = await errorOf(startVmnetHelper(hostWith(), lair.options({ helper })));
    expect(error.code).toBe("ERR_COMMAND_NOT_FOUND");
    expect(await lair.files()).toEqual(["h.log"]);
  });

  it("an invalid option, before anything is created", async () => {
    const options = lair.options({ mode: "bridged" });
    expect((await errorOf(startVmnetHelper(hostWith(), options))).code).toBe(
      "ERR_INVALID_VMNET_OPTION",
    );
    expect(await lair.files()).toEqual([]);
  });
});

describe("stopVmnetHelper", () => {
  it("kills one that ignores SIGTERM, with what it started", async () => {
    const host = hostWith("stubborn child");
    const running = await startVmnetHelper(host, lair.options());
    expect((await lair.processes()).map((line) => line.split(" ").at(-1))).toContain("60");
    const outcome = await stopVmnetHelper(host, running.record, {
      ...lair.stop,
      gracePeriodMs: 200,
    });
    expect(outcome).toBe("killed");
    expect(await lair.processes()).toEqual([]);
    expect(await lair.files()).toEqual(["h.log"]);
    expect(await running.exited).toEqual({ exitCode: undefined, signal: "SIGKILL" });
  });

  it("kills at once without a grace period", async () => {
    const running = await startVmnetHelper(hostWith(), lair.options());
    expect(
      await stopVmnetHelper(hostWith(), running.record, { ...lair.stop, gracePeriodMs: 0 }),
    ).toBe("killed");
    expect(await lair.files()).toEqual(["h.log"]);
  });

  it("finds a helper without a record, or with one that is out of date", async () => {
    const host = hostWith();
    for (const record of [undefined, { pid: 2 ** 22 - 1, startTime: "1" }]) {
      const running = await startVmnetHelper(host, lair.options());
      expect(await readHelperState(host, record, lair.socketPath)).toBe("running");
      expect(await stopVmnetHelper(host, record, lair.stop)).toBe("terminated");
      await running.exited;
    }
  });

  it("leaves alone a process that has the recorded pid and is no helper of ours", async () => {
    const host = hostWith();
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    try {
      await once(bystander, "spawn");
      const info = await inspectProcess(host, bystander.pid ?? 0);
      if (info === undefined) throw new Error("no bystander");
      for (const startTime of [info.startTime, "1"]) {
        const record = { pid: info.pid, startTime };
        expect(await readHelperState(host, record, lair.socketPath)).toBe("gone");
        expect(await stopVmnetHelper(host, record, lair.stop)).toBe("already-gone");
      }
      expect(await inspectProcess(host, info.pid)).toEqual(info);
    } finally {
      bystander.kill("SIGKILL");
    }
  });

  it("removes what a dead helper left", async () => {
    await leaveStaleSocket(lair.socketPath);
    await writeFile(`${lair.socketPath}.lock`, "");
    expect(await stopVmnetHelper(hostWith(), undefined, lair.stop)).toBe("already-gone");
    expect(await lair.files()).toEqual([]);
  });

  it("stops waiting when told to", async () => {
    const running = await startVmnetHelper(hostWith("stubborn"), lair.options());
    const options = { ...lair.stop, gracePeriodMs: 20_000, signal: AbortSignal.timeout(50) };
    expect((await errorOf(stopVmnetHelper(hostWith(), running.record, options))).code).toBe(
      "ERR_ABORTED",
    );
  });

  it("tells of a death while we are alive", async () => {
    const running = await startVmnetHelper(hostWith(), lair.options());
    process.kill(running.identity.pid, "SIGKILL");
    expect(await running.exited).toEqual({ exitCode: undefined, signal: "SIGKILL" });
    expect(await readHelperState(hostWith(), running.record, lair.socketPath)).toBe("gone");
  });
});
