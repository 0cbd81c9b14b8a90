import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost, inspectProcess, listProcesses, terminate, type Daemon } from "../src/index.js";
import { isExecutable } from "../src/find-executable.js";
import { codeOf } from "./codes.js";

// That a Ctrl-C does not reach it and that it outlives its terminal is tested on real terminals by
// @vfkit-machine/vmnet-helper.

const host = createHost();
const hasBash = await isExecutable("/bin/bash");
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "terminal-daemon-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const start = async (script: string, ...args: string[]): Promise<Daemon> => {
  const stdout = await open(join(dir, "out"), "w");
  const stderr = await open(join(dir, "err"), "w");
  try {
    const argv = ["-e", script, ...args];
    const files = { stdout, stderr, session: "terminal" as const };
    return await host.runner.startDaemon(process.execPath, argv, files);
  } finally {
    await stdout.close();
    await stderr.close();
  }
};
const startFile = (file: string) => host.runner.startDaemon(file, [], { session: "terminal" });
const output = (name: "out" | "err") => readFile(join(dir, name), "utf8");

describe.skipIf(!hasBash)(
  `startDaemon in the terminal's session${hasBash ? "" : " (skipped: no /bin/bash)"}`,
  () => {
    it("gives the daemon its argv, a group of its own, and files for its output", async () => {
      const script = `
        console.log(JSON.stringify(process.argv.slice(1)));
        console.error("err", require("fs").readFileSync(0, "utf8").length);`;
      const daemon = await start(script, "a b", "\"$x`y'", "");
      expect(await daemon.exited).toEqual({ exitCode: 0, signal: undefined });
      expect(JSON.parse(await output("out"))).toEqual(["a b", "\"$x`y'", ""]);
      expect(await output("err")).toBe("err 0\n");
    });

    it("leads a process group, not a session", async () => {
      const daemon = await start("setTimeout(() => {}, 60_000)");
      const info = await inspectProcess(host, daemon.pid);
      if (info === undefined) throw new Error("no daemon");
      const columns = ["-o", "pgid=", "-o", "sess=", "-p", String(daemon.pid)];
      const ps = await host.runner.run("ps", columns);
      const [group, session] = ps.stdout.trim().split(/\s+/).map(Number);
      expect(group).toBe(daemon.pid);
      expect(session).not.toBe(daemon.pid);
      expect(await terminate(host, info, { gracePeriodMs: 5_000, group: true })).toBe("terminated");
      expect(await daemon.exited).toEqual({ exitCode: undefined, signal: "SIGTERM" });
    });

    it("says how it ended", async () => {
      expect(await (await start("process.exit(7)")).exited).toEqual({
        exitCode: 7,
        signal: undefined,
      });
      expect(await (await start("process.kill(process.pid, 'SIGKILL')")).exited).toEqual({
        exitCode: undefined,
        signal: "SIGKILL",
      });
    });

    it("outlives us, and the shell between us does not", async () => {
      const program = `
        import { createHost } from "@vfkit-machine/host";
        const daemon = await createHost().runner.startDaemon(process.execPath,
          ["-e", "setTimeout(() => {}, 60000)", process.argv[1]], { session: "terminal" });
        console.log(daemon.pid);`;
      const ours = await host.runner.run(
        process.execPath,
        ["--input-type=module", "-e", program, dir],
        { cwd: import.meta.dirname },
      );
      expect(ours).toMatchObject({ exitCode: 0, stderr: "" });
      const pid = Number(ours.stdout);
      const info = await inspectProcess(host, pid);
      expect(info?.command).toContain("setTimeout");
      // The shell ends when it sees that we have: that may be after we are gone.
      await expect
        .poll(async () =>
          (await listProcesses(host)).filter(({ command }) => command.includes(dir)),
        )
        .toEqual([expect.objectContaining({ pid })]);
      if (info !== undefined) await terminate(host, info, { gracePeriodMs: 0 });
    });

    it("refuses what it cannot execute", async () => {
      expect(await codeOf(startFile(join(dir, "none")))).toBe("ERR_COMMAND_NOT_EXECUTABLE");
      expect(await codeOf(startFile(dir))).toBe("ERR_COMMAND_NOT_EXECUTABLE");
    });
  },
);
