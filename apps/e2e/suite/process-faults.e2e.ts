import { signalProcess } from "@vfkit-machine/host";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, stat, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openVfm, type Vfm } from "../src/vfm.js";
import { watchVfm } from "../src/watch-vfm.js";
import {
  IN_LAB,
  ISO,
  labctl,
  machineProcesses,
  openStore,
  SIZE,
  usedTaps,
} from "./surroundings.js";

const FAULTY = fileURLToPath(new URL("faulty", import.meta.url));
const GIB = 1024 ** 3;

/** The same store through a vfkit that goes wrong. */
const faulty = (vfm: Vfm, ...faults: readonly string[]): Vfm =>
  openVfm(vfm.home, { PATH: FAULTY, VFKIT_FAULT: faults.join(",") });

async function expectNothingRuns(vfm: Vfm, name: string): Promise<void> {
  expect(await vfm.ok("status", name)).toBe("Stopped");
  expect(await machineProcesses()).toEqual([]);
  expect(await usedTaps()).toEqual([]);
}

/** The helper itself: sudo, where it runs it, has it as its child. */
async function killHelper(): Promise<void> {
  const helpers = (await machineProcesses()).filter((line) => /vmnet.helper.*--socket/.test(line));
  for (const line of helpers) {
    if (!/\bsudo\b/.test(line)) signalProcess(Number.parseInt(line, 10), "SIGKILL");
  }
}

const skip = !IN_LAB;

describe.skipIf(skip)(
  "a vfkit that goes wrong (needs the lab: its stand-in is put in front)",
  () => {
    let vfm: Awaited<ReturnType<typeof openStore>>;
    beforeAll(async () => {
      vfm = await openStore();
      await vfm.ok("create", "wrong", "--no-start", "--iso", ISO, ...SIZE);
    });
    afterAll(async () => {
      await vfm[Symbol.asyncDispose]();
    });

    it.each([
      ["exits at once", ["exit"], /vfkit exited with code 1[^]*configuration is invalid/],
      ["exits during boot", ["exit-in-boot"], /vfkit exited with code 1[^]*stopped in its boot/],
      ["never listens", ["never-listens"], /vfkit does not run the machine/],
      ["listens and hangs", ["hangs"], /vfkit does not run the machine/],
      [
        "listens, hangs and is deaf to SIGTERM",
        ["hangs", "deaf"],
        /vfkit does not run the machine/,
      ],
    ] as const)("%s: the start says so and is undone", async (_what, faults, words) => {
      const result = await faulty(vfm, ...faults).run(["start", "wrong", "--timeout", "3"]);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(words);
      await expectNothingRuns(vfm, "wrong");
    });

    it.each([
      ["answers 500", ["stop-500"], /terminated/],
      ["answers EOF", ["stop-eof"], /terminated/],
      ["ignores Stop and SIGTERM", ["stop-ignored", "deaf"], /killed/],
    ] as const)(
      "%s: the stop goes as far as it must, and says how far",
      async (_what, faults, how) => {
        const wrong = faulty(vfm, ...faults);
        await wrong.ok("start", "wrong");
        expect(await vfm.ok("status", "wrong")).toBe("Running");
        expect(await vfm.ok("stop", "wrong", "--grace", "1")).toMatch(how);
        await expectNothingRuns(vfm, "wrong");
      },
    );
  },
);

describe.skipIf(skip)(
  "what lies around a machine (needs the lab: it looks at every process)",
  () => {
    let vfm: Awaited<ReturnType<typeof openStore>>;
    let directory: string;
    beforeAll(async () => {
      vfm = await openStore();
      await vfm.ok("create", "around", "--no-start", "--iso", ISO, ...SIZE);
      directory = join(vfm.home, "machines", "around");
    });
    afterAll(async () => {
      await vfm[Symbol.asyncDispose]();
    });

    it("a pid file of a foreign process: whatever is done, that process is never signalled", async () => {
      const foreign = spawn("sleep", ["600"]);
      await once(foreign, "spawn");
      try {
        for (const command of ["status", "stop", "kill"]) {
          await writeFile(join(directory, "vfkit.pid"), `${foreign.pid}\n`);
          await vfm.ok(command, "around");
          expect(await vfm.ok("status", "around")).toBe("Stopped");
        }
        expect([foreign.exitCode, foreign.signalCode]).toEqual([null, null]);
      } finally {
        foreign.kill("SIGKILL");
      }
    });

    it("a REST socket that another program serves is left to it, by list, status, stop and start", async () => {
      const socket = join(directory, "vfkit.sock");
      const server = createServer();
      server.listen(socket);
      await once(server, "listening");
      try {
        await vfm.ok("list");
        expect(await vfm.ok("status", "around")).toBe("Stopped");
        await vfm.ok("stop", "around");
        const result = await vfm.run(["start", "around"]);
        expect(result.exitCode).toBe(1);
        expect(result.stderr).toContain(`another program serves the socket ${socket}`);
        expect(existsSync(socket)).toBe(true);
      } finally {
        server.close();
      }
    });

    it("a stale socket, a stale pid file and logs of gigabytes do not keep it from starting", async () => {
      const socket = join(directory, "vfkit.sock");
      // A server that is killed leaves its socket.
      const code = `require("net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
      await once(spawn(process.execPath, ["-e", code]), "exit");
      expect((await stat(socket)).isSocket()).toBe(true);
      await writeFile(join(directory, "vfkit.pid"), "4194303\n");
      for (const log of ["serial.log", "vfkit.log"]) {
        await writeFile(join(directory, log), "the end of an earlier boot\n", { mode: 0o600 });
        await truncate(join(directory, log), 3 * GIB);
      }
      await vfm.ok("start", "around");
      expect((await stat(join(directory, "serial.log"))).size).toBeLessThan(GIB);
      expect(await vfm.ok("ssh", "around", "--", "echo", "up")).toBe("up");
    });

    it("a pid file that is emptied, overwritten or gone while it runs: it is found, and stopped", async () => {
      const path = join(directory, "vfkit.pid");
      const [pid] = (await readFile(path, "utf8")).split("\n");
      for (const text of ["", "garbage", "1\n", `${process.pid}\n`]) {
        await writeFile(path, text);
        expect(await vfm.ok("status", "around")).toBe("Running");
      }
      expect((await readFile(path, "utf8")).split("\n")[0]).toBe(pid);
      await writeFile(path, "\0\0\0");
      expect(await vfm.ok("stop", "around")).toMatch(/graceful|stopped/i);
      await expectNothingRuns(vfm, "around");
    });
  },
);

describe.skipIf(skip)("a vmnet-helper that goes wrong (needs the lab, which makes it)", () => {
  let vfm: Awaited<ReturnType<typeof openStore>>;
  beforeAll(async () => {
    vfm = await openStore();
    await vfm.ok("create", "h1", "--no-start", "--iso", ISO, ...SIZE, "--network", "vmnet-shared");
  });
  afterEach(async () => {
    await labctl("helper", "normal");
  });
  afterAll(async () => {
    await vfm[Symbol.asyncDispose]();
  });

  it.each([
    ["exit", /vmnet-helper exited with code 1[^]*VMNET_FAILURE/],
    ["garbage", /vmnet-helper[^]*Starting vmnet interface/],
    ["hang", /waiting for vmnet-helper[^]*Internet Sharing/],
    ["no-socket", /waiting for vmnet-helper/],
    ["die", /vmnet-helper[^]*VMNET_INVALID_ACCESS/],
  ])(
    "%s: named, within the deadline of the start, and nothing is left running",
    async (mode, words) => {
      await labctl("helper", mode);
      const began = performance.now();
      const result = await vfm.run(["start", "h1", "--timeout", "3"]);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(words);
      // The helper's own patience is 30 s.
      expect(performance.now() - began).toBeLessThan(20_000);
      await expectNothingRuns(vfm, "h1");
    },
  );

  it("missing: refused before anything is made, and told by a start", async () => {
    await labctl("helper", "missing");
    const shared = ["--iso", ISO, ...SIZE, "--network", "vmnet-shared"];
    const result = await vfm.run(["create", "h2", ...shared]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain("vmnet-helper not found");
    expect(await vfm.ok("list", "--names")).toBe("h1");
    const start = await vfm.run(["start", "h1"]);
    expect(start.exitCode).not.toBe(0);
    expect(start.stderr).toContain("vmnet-helper not found");
    await expectNothingRuns(vfm, "h1");
  });

  it("dies while the guest boots: named at once", async () => {
    const watched = watchVfm(vfm, ["start", "h1"]);
    await watched.event("start.vm.running");
    await killHelper();
    const ended = await watched.ended();
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.stderr).toContain("vmnet-helper");
    await expectNothingRuns(vfm, "h1");
  });

  it("dies while the machine runs: it runs on, a restart gives it its network back, and a deaf helper is killed with it", async () => {
    await labctl("helper", "ignore-term");
    await vfm.ok("start", "h1");
    await killHelper();
    expect(await vfm.ok("status", "h1")).toBe("Running");
    await vfm.ok("restart", "h1");
    expect(await vfm.ok("ssh", "h1", "--", "echo", "up")).toBe("up");
    await vfm.ok("stop", "h1");
    await expectNothingRuns(vfm, "h1");
  });
});
