import { access, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createHost } from "@vfkit-machine/host";
import { parseArgv } from "@vfkit-machine/vfkit-config";
import { describe, expect, test } from "vitest";
import { prepareMachine } from "../src/prepare.js";
import { QemuMachine } from "../src/qemu-machine.js";
import { requireSupported } from "../src/refusals.js";
import { prepareGuest } from "./support/guest.js";
import { findProcesses, untilGone } from "./support/processes.js";
import { Workshop } from "./support/vfkit.js";

const guest = await prepareGuest();
const found = "missing" in guest ? { kernelPath: "", initrdPath: "" } : guest;
const reason = "missing" in guest ? ` (skipped: ${guest.missing})` : "";

describe.skipIf("missing" in guest)(
  `a machine's life${reason}`,
  { timeout: 60_000, concurrent: true },
  () => {
    test("up, paused, resumed, and a Stop that the guest honours", async () => {
      await using workshop = await Workshop.open();
      await writeFile(workshop.path("one.img"), "one");
      await truncate(workshop.path("one.img"), 1024 * 1024);
      await writeFile(workshop.path("two.img"), "two");
      await truncate(workshop.path("two.img"), 2 * 1024 * 1024);
      await writeFile(workshop.path("serial.log"), "of an earlier start\n");
      const vfkit = workshop.boot(found, {
        words: "test.write test.tick",
        devices: [
          `virtio-blk,path=${workshop.path("one.img")},readonly`,
          `virtio-blk,path=${workshop.path("two.img")},deviceId=second`,
          "virtio-net,nat,mac=5a:94:ef:e4:0c:ee",
        ],
      });
      const states: string[] = [];
      await vfkit.client.waitForState("Running", {
        intervalMs: 1,
        timeoutMs: 30_000,
        onState: ({ state }) => {
          if (states.at(-1) !== state) states.push(state);
        },
      });
      // How many of them are seen is a matter of luck, their order is not.
      const order = ["NotListening", "Stopped", "Starting", "Running"];
      expect(states).toEqual(order.filter((state) => states.includes(state)));

      const log = await vfkit.untilGuestSays("ready");
      expect(log).not.toContain("of an earlier start");
      expect(log).toContain("guest: vda 2048 1");
      expect(log).toContain("guest: vdb 4096 0 second");
      expect(log).toContain("guest: net 5a:94:ef:e4:0c:ee");
      expect(log).toContain("guest: rng virtio_rng.0");
      // Both consoles end in the one log file.
      expect(log).toContain("guest: ttyS0");
      expect(log).toContain("guest: hvc0");
      expect(await readFile(workshop.path("two.img"), "latin1")).toContain("written by the guest");
      expect(await vfkit.client.inspect()).toMatchObject({
        vcpus: 1,
        memoryBytes: 256 * 1024 * 1024,
        bootloader: { kind: "linuxBootloader", vmlinuzPath: found.kernelPath },
        devices: [
          { kind: "virtiorng" },
          { kind: "virtioserial", logFile: workshop.path("serial.log") },
          { kind: "virtioblk", imagePath: workshop.path("one.img"), readOnly: true },
          { kind: "virtioblk", imagePath: workshop.path("two.img") },
          { kind: "virtionet", nat: true, macAddress: "5a:94:ef:e4:0c:ee" },
        ],
      });

      expect(await vfkit.client.requestState("Pause")).toEqual({
        connectionClosed: false,
        status: 202,
      });
      expect(await vfkit.client.getState()).toMatchObject({
        state: "Paused",
        canStart: false,
        canPause: false,
        canResume: true,
        canStop: false,
        canHardStop: true,
      });
      const paused = await stat(workshop.path("serial.log"));
      await expect(vfkit.client.requestState("Stop")).rejects.toMatchObject({
        code: "ERR_VFKIT_CHANGE_REFUSED",
      });
      expect((await stat(workshop.path("serial.log"))).size).toBe(paused.size);
      await vfkit.client.requestState("Resume");
      expect(await vfkit.client.getState()).toMatchObject({ state: "Running", canStop: true });
      const ticks = (await readFile(workshop.path("serial.log"), "latin1")).split("tick").length;
      await vfkit.untilGuestSays("tick", ticks);

      await vfkit.client.requestState("Stop");
      expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
      expect(await readFile(workshop.path("serial.log"), "latin1")).toContain(
        "guest: power button",
      );
      await expect(access(workshop.path("rest.sock"))).rejects.toThrow("ENOENT");
      expect(vfkit.stdout).toMatch(
        /^\[GIN\] \d{4}\/\d\d\/\d\d - [\d:]{8} \| 202 \| +[\d.]+(?:µs|ms) \| +\| POST {5}"\/vm\/state"$/m,
      );
      expect(vfkit.stderr).toContain('level=info msg="VM is stopped"');
    });

    test("a guest that ignores Stop runs on, until SIGTERM has waited 5 s and cut its power", async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found, { words: "test.deaf" });
      await vfkit.untilGuestSays("ready");
      await vfkit.client.requestState("Stop");
      expect(await vfkit.client.getState()).toMatchObject({ state: "Running", canStop: true });
      const startedMs = performance.now();
      vfkit.child.kill("SIGTERM");
      expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
      const tookMs = performance.now() - startedMs;
      expect(tookMs).toBeGreaterThan(4_990);
      expect(tookMs).toBeLessThan(15_000);
      expect(vfkit.stderr).toContain("captured terminated, calling exit handlers and exiting..");
      expect(vfkit.stderr).toContain("forcing stop");
      await expect(access(workshop.path("rest.sock"))).rejects.toThrow("ENOENT");
    });

    test("SIGINT asks the guest, and a guest that listens ends the process", async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found);
      await vfkit.untilGuestSays("ready");
      vfkit.child.kill("SIGINT");
      expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
      expect(await readFile(workshop.path("serial.log"), "latin1")).toContain(
        "guest: power button",
      );
    });

    test("a guest that switches itself off ends the process with 0; its pid file stays", async () => {
      await using workshop = await Workshop.open();
      const flags = ["--pidfile", workshop.path("pid")];
      const vfkit = workshop.boot(found, { words: "test.die", flags });
      expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
      await expect(access(workshop.path("rest.sock"))).rejects.toThrow("ENOENT");
      expect(await readFile(workshop.path("pid"), "utf8")).toBe(String(vfkit.pid));
      expect((await stat(workshop.path("pid"))).mode & 0o777).toBe(0o600);
    });

    test.each(["Running", "Paused"] as const)(
      "HardStop while %s is answered by EOF",
      async (state) => {
        await using workshop = await Workshop.open();
        const vfkit = workshop.boot(found);
        await vfkit.untilRunning();
        if (state === "Paused") await vfkit.client.requestState("Pause");
        const reply = await vfkit.client.requestState("HardStop");
        expect(reply).toEqual({ connectionClosed: true });
        expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
        await expect(access(workshop.path("rest.sock"))).rejects.toThrow("ENOENT");
      },
    );

    test("SIGKILL of vfkit-qemu ends QEMU and virtiofsd too", async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found, {
        devices: [`virtio-fs,sharedDir=${workshop.directory},mountTag=tag`],
      });
      await vfkit.untilRunning();
      // vfkit-qemu itself, QEMU, virtiofsd and its child.
      expect((await findProcesses(workshop.directory)).length).toBeGreaterThanOrEqual(3);
      vfkit.child.kill("SIGKILL");
      await vfkit.untilExit();
      await untilGone(workshop.directory);
    });

    test("a machine is Stopped until it is run, and one cut off before never starts", async () => {
      await using workshop = await Workshop.open();
      const host = createHost({ env: { ...process.env, VFKIT_QEMU_ACCEL: "tcg" } });
      const { kernelPath, initrdPath } = found;
      const argv = ["--kernel", kernelPath, "--initrd", initrdPath, "--kernel-cmdline", "quiet"];
      const log = `virtio-serial,logFilePath=${workshop.path("serial.log")}`;
      const supported = requireSupported(parseArgv([...argv, "--device", log]));
      const machine = new QemuMachine(host, await prepareMachine(host, supported));
      expect(machine.state()).toBe("Stopped");
      await machine.cutPower();
      await machine.run();
      expect(machine.state()).toBe("Stopped");
      expect(await findProcesses(workshop.path("serial.log"))).toEqual([]);
    });

    test("a QEMU that dies is a failure with its last words", async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found);
      await vfkit.untilRunning();
      const processes = await findProcesses(workshop.path("serial.log"));
      const qemu = processes.find(({ argv }) => argv[0]?.includes("qemu-system"));
      process.kill(qemu?.pid ?? 0, "SIGTERM");
      expect(await vfkit.untilExit()).toEqual({ exitCode: 1, signal: undefined });
      expect(vfkit.stderr).toMatch(
        /QEMU exited with code 0:\n {2}qemu-system-x86_64: terminating on/,
      );
      await expect(access(workshop.path("rest.sock"))).rejects.toThrow("ENOENT");
    });

    test("a stale REST socket ends it with 1, starts nothing and stays", async () => {
      await using workshop = await Workshop.open();
      await writeFile(workshop.path("rest.sock"), "");
      const vfkit = workshop.boot(found);
      expect(await vfkit.untilExit()).toEqual({ exitCode: 1, signal: undefined });
      expect(vfkit.stderr).toContain(
        `level=fatal msg="listen unix ${workshop.path("rest.sock")}: bind: address already in use"`,
      );
      await access(workshop.path("rest.sock"));
      expect(await findProcesses(workshop.path("serial.log"))).toEqual([]);
    });

    test("a QEMU that refuses its kernel ends it with 1 and QEMU's words", async () => {
      await using workshop = await Workshop.open();
      await writeFile(workshop.path("no-kernel"), "not a kernel");
      const vfkit = workshop.boot({ ...found, kernelPath: workshop.path("no-kernel") });
      expect(await vfkit.untilExit()).toEqual({ exitCode: 1, signal: undefined });
      expect(vfkit.stderr).toMatch(/QEMU exited with code 1:\n.*kernel/i);
    });

    test("a request that is no request of vfkit's is refused as vfkit does", async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found);
      await vfkit.untilRunning();
      const ask = async (method: string, path: string, body = ""): Promise<string> =>
        new Promise((resolve, reject) => {
          const socketPath = workshop.path("rest.sock");
          const asking = request({ socketPath, method, path }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString()));
            response.on("end", () => resolve(`${response.statusCode} ${text}`));
          });
          asking.on("error", reject);
          asking.end(body);
        });
      expect(await ask("POST", "/vm/state", "{")).toMatch(/^400 \{"error":".+"\}$/);
      expect(await ask("POST", "/vm/state", '{"state":"stop"}')).toBe(
        '500 {"error":"invalid new VMState: stop"}',
      );
      expect(await ask("POST", "/vm/state", '{"state":"Resume"}')).toMatch(
        /^500 \{"error":"Error Do/,
      );
      expect(await ask("GET", "/vm")).toBe("404 404 page not found");
      expect(await ask("POST", "/vm/state", "x".repeat(70_000))).toMatch(/^413 /);
      expect(await vfkit.client.getState()).toMatchObject({ state: "Running" });
    });
  },
);
