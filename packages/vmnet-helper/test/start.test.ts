import { createHost, inspectProcess } from "@vfkit-machine/host";
import { lstat, readFile, stat, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  readHelperState,
  startVmnetHelper,
  stopVmnetHelper,
  type HelperRecord,
} from "../src/index.js";
import { errorOf, hostWith, Lair } from "./support.js";

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
