import { createHost } from "@vfkit-machine/host";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { lockMachine } from "../src/lock.js";
import { readLockHolder, sweepLocks } from "../src/lock-holder.js";
import { formatLockName } from "../src/lock-name.js";
import { openStore, type Store } from "../src/store.js";

const host = createHost();
const LOCKER = fileURLToPath(new URL("fixtures/locker.mjs", import.meta.url));
const run = promisify(execFile);

async function openLocks(): Promise<Store & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "vfm-"));
  const store = await openStore(host, directory);
  return {
    ...store,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

describe("the lock of a machine", () => {
  it("is held by one, names its holder, and lets go", async () => {
    await using store = await openLocks();
    const lock = await lockMachine(host, store, "c1", { operation: "start" });
    expect(await readLockHolder(host, store, "c1")).toMatchObject({
      pid: process.pid,
      operation: "start",
    });
    await expect(
      lockMachine(host, store, "c1", { operation: "stop", timeoutMs: 0 }),
    ).rejects.toMatchObject({
      code: "ERR_MACHINE_BUSY",
      message: expect.stringMatching(
        new RegExp(`c1 is busy: held by pid ${process.pid} doing start since \\d{4}-`),
      ),
    });
    const another = await lockMachine(host, store, "c2", { operation: "start", timeoutMs: 0 });
    await another.release();
    await lock.release();
    await lock.release();
    expect(await readLockHolder(host, store, "c1")).toBeUndefined();
    expect(await readdir(store.locks)).toEqual([]);
  });

  it("goes to one that waits", async () => {
    await using store = await openLocks();
    const lock = await lockMachine(host, store, "c1", { operation: "start" });
    const waiting = lockMachine(host, store, "c1", { operation: "stop" });
    await lock.release();
    const next = await waiting;
    expect(await readLockHolder(host, store, "c1")).toMatchObject({ operation: "stop" });
    await next.release();
  });

  it("a wait ends with the signal", async () => {
    await using store = await openLocks();
    const held = await lockMachine(host, store, "c1", { operation: "start" });
    const controller = new AbortController();
    const waiting = lockMachine(host, store, "c1", {
      operation: "stop",
      signal: controller.signal,
    });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await readdir(store.locks)).toEqual(["c1"]);
    await held.release();
  });

  it("a killed holder never blocks, and a hundred rescuers let only one in at a time", async () => {
    await using store = await openLocks();
    await run(process.execPath, [LOCKER, store.root, "c1", "die"]).catch(() => undefined);
    expect(await readdir(join(store.locks, "c1"))).toHaveLength(1);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const lock = await lockMachine(host, store, "c1", {
          operation: "test",
          timeoutMs: 60_000,
        });
        most = Math.max(most, ++inside);
        await new Promise(setImmediate);
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(await readdir(store.locks)).toEqual([]);
  });

  it("a killed holder whose pid another program has by now does not block either", async () => {
    await using store = await openLocks();
    const holder = { startTime: "of a program that is gone", operation: "start", since: 0 };
    const name = formatLockName("0".repeat(24), { pid: process.pid, ...holder });
    await mkdir(join(store.locks, "c1"), { recursive: true });
    await writeFile(join(store.locks, "c1", name), "");
    expect(await readLockHolder(host, store, "c1")).toBeUndefined();
    const lock = await lockMachine(host, store, "c1", { operation: "stop", timeoutMs: 0 });
    await lock.release();
    expect(await readdir(store.locks)).toEqual([]);
  });

  it("fifty processes at once: each gets its turn alone, or says who is busy", async () => {
    await using store = await openLocks();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => run(process.execPath, [LOCKER, store.root, "c1", "work"])),
    );
    const said = results.map(({ stdout }) => stdout.trim());
    expect(said.every((text) => text === "alone" || text === "ERR_MACHINE_BUSY")).toBe(true);
    expect(said).toContain("alone");
    expect(await readdir(store.locks)).toEqual([]);
  });

  it("what the dead left is swept, and nothing of the living", async () => {
    await using store = await openLocks();
    await run(process.execPath, [LOCKER, store.root, "c1", "die"]).catch(() => undefined);
    await run(process.execPath, [LOCKER, store.root, "c2", "die-waiting"]).catch(() => undefined);
    const held = await lockMachine(host, store, "c3", { operation: "start" });
    await sweepLocks(host, store);
    expect(await readdir(store.locks)).toEqual(["c3"]);
    await held.release();
  });
});
