import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startVmnetHelper } from "../src/index.js";
import { errorOf, hostWith, Lair, leaveStaleSocket } from "./support.js";

const WAIT = { timeout: 20_000, interval: 10 };
let lair: Lair;
beforeEach(async () => {
  lair = await Lair.open();
});
afterEach(async () => {
  await lair.close();
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

  it("says where to look when vmnet refuses the interface, and nothing of it for another reason", async () => {
    const refused = await errorOf(startVmnetHelper(hostWith("exit"), lair.options()));
    expect(refused.hint).toMatch(/Internet Sharing/);
    const unbound = await errorOf(startVmnetHelper(hostWith("exit-late"), lair.options()));
    expect(unbound.hint).toBeUndefined();
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

  it("aborted when there is a process, of which nothing is known yet but its pid", async () => {
    const controller = new AbortController();
    const { runner } = hostWith("hang");
    const host = hostWith("hang", {
      runner: {
        ...runner,
        startDaemon: async (...args) => {
          const daemon = await runner.startDaemon(...args);
          controller.abort();
          return daemon;
        },
      },
    });
    const onSpawn = vi.fn<() => void>();
    const options = lair.options({ signal: controller.signal, onSpawn });
    expect((await errorOf(startVmnetHelper(host, options))).code).toBe("ERR_ABORTED");
    expect(onSpawn).not.toHaveBeenCalled();
    expect(await lair.processes()).toEqual([]);
    expect(await lair.files()).toEqual(["h.log"]);
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

  it("a helper that is no longer there, and would have run as root", async () => {
    const path = join(lair.dir, "vmnet-helper");
    const helper = { ...lair.options().helper, path, needsRoot: true };
    const error = await errorOf(startVmnetHelper(hostWith(), lair.options({ helper })));
    expect(error.code).toBe("ERR_COMMAND_NOT_FOUND");
    expect(error.message).toContain(path);
  });

  it("an invalid option, before anything is created", async () => {
    const options = lair.options({ mode: "bridged" });
    expect((await errorOf(startVmnetHelper(hostWith(), options))).code).toBe(
      "ERR_INVALID_VMNET_OPTION",
    );
    expect(await lair.files()).toEqual([]);
  });
});
