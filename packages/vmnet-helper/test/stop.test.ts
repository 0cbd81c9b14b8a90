import { inspectProcess, isAlive } from "@vfkit-machine/host";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findHelperProcesses,
  readHelperState,
  startVmnetHelper,
  stopVmnetHelper,
} from "../src/index.js";
import { errorOf, hostWith, Lair, leaveStaleSocket } from "./support.js";

let lair: Lair;
beforeEach(async () => {
  lair = await Lair.open();
});
afterEach(async () => {
  await lair.close();
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

  it("ends what the helper started also when the helper has gone by then", async () => {
    const host = hostWith("child");
    const running = await startVmnetHelper(host, lair.options());
    const started = await findHelperProcesses(host, lair.socketPath);
    const child = started.find(({ parentPid }) => parentPid === running.identity.pid);
    if (child === undefined) throw new Error("the helper has no child");
    expect(await stopVmnetHelper(host, running.record, lair.stop)).toBe("terminated");
    // By itself: it does not look after its child.
    expect(await running.exited).toEqual({ exitCode: 0, signal: undefined });
    expect(await isAlive(host, child)).toBe(false);
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

  it("finds and ends it through ps, as on a Mac", async () => {
    const host = hostWith("stubborn", { platform: "darwin" });
    const { record } = await startVmnetHelper(host, lair.options());
    expect(await readHelperState(host, record, lair.socketPath)).toBe("running");
    const options = { ...lair.stop, gracePeriodMs: 100 };
    expect(await stopVmnetHelper(host, undefined, options)).toBe("killed");
    expect(await readHelperState(host, record, lair.socketPath)).toBe("gone");
    expect(await lair.processes()).toEqual([]);
  });

  it("leaves alone a program that has the recorded pid by now and only speaks of the socket", async () => {
    const host = hostWith();
    const words = ["-e", "setInterval(() => {}, 60_000)", "--", "--socket", lair.socketPath];
    const bystander = spawn(process.execPath, words, { stdio: "ignore" });
    try {
      await once(bystander, "spawn");
      const record = { pid: bystander.pid ?? 0, startTime: "of the helper that had this pid" };
      expect(await readHelperState(host, record, lair.socketPath)).toBe("gone");
      expect(await stopVmnetHelper(host, record, lair.stop)).toBe("already-gone");
      expect(bystander.signalCode).toBeNull();
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
