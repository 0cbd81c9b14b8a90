import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { watchVfm } from "../src/watch-vfm.js";
import { IN_LAB, ISO, machineProcesses, openStore, SIZE, usedTaps } from "./surroundings.js";

const CREATE = ["create", "c1", "--iso", ISO, ...SIZE, "--network", "vmnet-shared"];
const FILE = "/home/docker/precious";

async function vfkitPid(): Promise<number> {
  const line = (await machineProcesses()).find((found) => found.includes("--restful-uri"));
  return Number.parseInt(line ?? "", 10);
}

async function vfkitRuns(): Promise<boolean> {
  return !Number.isNaN(await vfkitPid());
}

describe.skipIf(!IN_LAB)(
  "vfm killed by SIGKILL in each phase (needs the lab: it looks at every process and tap)",
  () => {
    let vfm: Awaited<ReturnType<typeof openStore>>;
    let checksum: string;
    const seen = (): Promise<string> =>
      vfm.ok("ssh", "c1", "--", "sha256sum", FILE).then((text) => text.slice(0, 64));

    /** Kills `vfm` at this event, and then asks list and status for the truth. */
    async function killAt(event: string, ...args: readonly string[]): Promise<void> {
      const watched = watchVfm(vfm, args);
      await watched.event(event);
      expect(await watched.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
      const before = await vfkitRuns();
      const listed = await vfm.json<readonly { readonly state: string }[]>("list");
      const states = listed.map(({ state }) => state);
      const status = await vfm.run(["status", "c1"]);
      if (before !== (await vfkitRuns())) return;
      const truth = before ? [["Running"], ["Starting"], ["Stopping"]] : [[], ["Stopped"]];
      expect(truth).toContainEqual(states);
      if (states.length === 0) expect(status.exitCode).toBe(4);
      else expect(truth.flat()).toContain(status.stdout.trim());
    }

    beforeAll(async () => {
      vfm = await openStore();
    });
    afterAll(async () => {
      await vfm[Symbol.asyncDispose]();
    });

    it("create, before the machine has its name: there is none, and creating it again works", async () => {
      await killAt("create.key.made", ...CREATE);
      expect(await vfm.ok("list", "--names")).toBe("");
    });

    it("create, while its guest boots: creating it again completes it, with that guest", async () => {
      await killAt("start.lease.waiting", ...CREATE);
      const before = await vfkitPid();
      await vfm.ok(...CREATE);
      expect(await vfkitPid()).toBe(before);
      await vfm.ok("ssh", "c1", "--", `head -c 1048576 /dev/urandom >${FILE} && sync`);
      checksum = await seen();
      expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    });

    it("stop, after the guest was asked: stopping again completes it", async () => {
      await killAt("stop.requested", "stop", "c1");
      await vfm.ok("stop", "c1");
      expect(await vfm.ok("status", "c1")).toBe("Stopped");
      expect(await machineProcesses()).toEqual([]);
      expect(await usedTaps()).toEqual([]);
    });

    it("a Ctrl-C in the terminal that started it does not harm a running machine", async () => {
      // The shell and all it starts are one process group, as a terminal's foreground job is.
      const watched = watchVfm(vfm, ["start", "c1"], { thenWait: true });
      await watched.output("up");
      expect(await watched.endGroup("SIGINT")).toMatchObject({ signal: "SIGINT" });
      expect(await vfm.ok("status", "c1")).toBe("Running");
      // Also after the kill of the stop before.
      expect(await seen()).toBe(checksum);
    });

    it("restart, between stop and start: restarting completes it, and the disk is whole", async () => {
      await killAt("start.helper.spawned", "restart", "c1");
      await vfm.ok("restart", "c1");
      expect(await seen()).toBe(checksum);
    });

    it.each([
      ["after vfkit was spawned", "start.vfkit.spawned"],
      ["while the lease is waited for", "start.lease.waiting"],
      ["while SSH is waited for", "start.ssh.waiting"],
    ])("start, %s: starting again completes it, and the disk is whole", async (_phase, event) => {
      await vfm.ok("stop", "c1");
      expect(await machineProcesses()).toEqual([]);
      await killAt(event, "start", "c1");
      await vfm.ok("start", "c1");
      expect(await seen()).toBe(checksum);
    });

    it("rm, of a running machine: removing again leaves no process, tap or file", async () => {
      await killAt("stop.vm.exited", "rm", "--force", "c1");
      const again = await vfm.run(["rm", "--force", "c1"]);
      expect([0, 4]).toContain(again.exitCode);
      expect(await vfm.ok("list", "--names")).toBe("");
      expect(await machineProcesses()).toEqual([]);
      expect(await usedTaps()).toEqual([]);
      expect(await readdir(join(vfm.home, "machines"))).toEqual([]);
    });
  },
);

describe.skipIf(!IN_LAB)(
  "vfm interrupted (needs the lab: it looks at every process and tap)",
  () => {
    it.each([
      ["SIGINT", 130, "start.lease.waiting"],
      ["SIGTERM", 143, "create.key.made"],
    ] as const)(
      "create, by %s: exits with %i within 5 s and leaves nothing (at %s)",
      async (signal, exitCode, event) => {
        await using vfm = await openStore();
        const watched = watchVfm(vfm, CREATE);
        await watched.event(event);
        const began = performance.now();
        const ended = await watched.end(signal);
        expect(ended).toMatchObject({ exitCode });
        expect(performance.now() - began).toBeLessThan(5_000);
        expect(await vfm.ok("list", "--names"), ended.stderr).toBe("");
        expect(await machineProcesses()).toEqual([]);
        expect(await usedTaps()).toEqual([]);
        expect(await readdir(join(vfm.home, "machines"))).toEqual([]);
      },
    );

    it.each([
      ["SIGINT", 130, "start.vfkit.spawned"],
      ["SIGTERM", 143, "start.lease.waiting"],
    ] as const)(
      "start, by %s: exits with %i within 5 s, and the machine is as it was (at %s)",
      async (signal, exitCode, event) => {
        await using vfm = await openStore();
        await vfm.ok(...CREATE, "--no-start");
        const watched = watchVfm(vfm, ["start", "c1"]);
        await watched.event(event);
        const began = performance.now();
        const ended = await watched.end(signal);
        expect(ended).toMatchObject({ exitCode });
        expect(performance.now() - began).toBeLessThan(5_000);
        expect(await vfm.ok("status", "c1"), ended.stderr).toBe("Stopped");
        expect(await machineProcesses()).toEqual([]);
        expect(await usedTaps()).toEqual([]);
        const left = await readdir(join(vfm.home, "machines", "c1"));
        expect(left.filter((name) => /\.(?:pid|sock|lock)$|^starting/.test(name))).toEqual([]);
        await vfm.ok("start", "c1");
        expect(await vfm.ok("ssh", "c1", "--", "echo", "up")).toBe("up");
      },
    );

    it("start, by a SIGTERM that comes when all is done: the machine runs, and no exit code says otherwise", async () => {
      await using vfm = await openStore();
      await vfm.ok(...CREATE, "--no-start");
      const watched = watchVfm(vfm, ["start", "c1"]);
      await watched.event("start.done");
      // It may as well have ended by then, or be just ending.
      watched.send("SIGTERM");
      const { exitCode, stderr } = await watched.ended();
      expect([0, null], stderr).toContain(exitCode);
      expect(await vfm.ok("status", "c1")).toBe("Running");
    });
  },
);
