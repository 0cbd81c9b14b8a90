import { mkdir, mkdtemp, open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertSuccess, createHost, inspectProcess, isAlive, terminate } from "../src/index.js";
import { codeOf } from "./codes.js";

const host = createHost();
const node = process.execPath;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "host-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("run", () => {
  it("runs a command though the directory that we are in was deleted", async () => {
    const gone = join(dir, "gone");
    await mkdir(gone);
    const before = process.cwd();
    process.chdir(gone);
    try {
      await rm(gone, { recursive: true });
      expect(await host.runner.run(node, ["-p", "process.cwd()"])).toMatchObject({ stdout: "/\n" });
    } finally {
      process.chdir(before);
    }
  });

  it("resolves with output and exit code, also of a failure", async () => {
    const script = "process.stdout.write('out');process.stderr.write('err');process.exit(3)";
    const result = await host.runner.run(node, ["-e", script]);
    expect(result).toMatchObject({ exitCode: 3, stdout: "out", stderr: "err", signal: undefined });
    expect(() => assertSuccess(result)).toThrow(/exited with code 3:\n {2}err/);
  });

  it("writes input and closes stdin", async () => {
    const script = "process.stdin.pipe(process.stdout)";
    expect((await host.runner.run(node, ["-e", script], { input: "hello" })).stdout).toBe("hello");
  });

  it("gives exactly the environment it was given", async () => {
    const result = await host.runner.run(node, ["-p", "process.env.A + process.env.HOME"], {
      env: { A: "1" },
    });
    expect(result.stdout).toBe("1undefined\n");
    const script = ["-p", "process.env.PATH"];
    const inherited = await host.runner.run(node, script, { env: undefined });
    expect(inherited.stdout).toBe(`${process.env["PATH"]}\n`);
  });

  it("says how it ended: missing, not executable, timeout, abort, too much output", async () => {
    expect(await codeOf(host.runner.run("no-such-command-here", []))).toBe("ERR_COMMAND_NOT_FOUND");
    const plain = join(dir, "plain");
    await writeFile(plain, "");
    expect(await codeOf(host.runner.run(plain, []))).toBe("ERR_COMMAND_NOT_EXECUTABLE");
    const forever = ["-e", "setTimeout(() => {}, 60_000)"];
    expect(await codeOf(host.runner.run(node, forever, { timeoutMs: 100 }))).toBe("ERR_TIMEOUT");
    const signal = AbortSignal.timeout(100);
    expect(await codeOf(host.runner.run(node, forever, { signal }))).toBe("ERR_ABORTED");
    const flood = ["-e", "process.stdout.write('x'.repeat(100000))"];
    expect(await codeOf(host.runner.run(node, flood, { maxOutputBytes: 1000 }))).toBe(
      "ERR_OUTPUT_TOO_LARGE",
    );
  });
});

describe("run, where it goes wrong", () => {
  it("tells the last words of a command that was cut off at its deadline, also those to the signal", async () => {
    // A shell, which is up at once also on a busy computer.
    const script = String.raw`
      trap 'echo "asked to end" >&2; exit' TERM
      printf 'line %d\n' 1 2 3 4 5 6 7 8 9 10 11 12
      printf '\033[31mwaiting for\033[0m a thing\n' >&2
      while :; do sleep 0.1; done`;
    const error = await host.runner
      .run("/bin/sh", ["-c", script], { timeoutMs: 1_500 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ERR_TIMEOUT" });
    const lines = String(error).split("\n");
    const from = lines.findIndex((line) => line.endsWith(": gave up after 1.5 s"));
    expect(lines.slice(from + 1)).toEqual([
      "the end of its stdout:",
      ...Array.from({ length: 10 }, (_, i) => `  line ${i + 3}`),
      "the end of its stderr:",
      "  waiting for a thing",
      "  asked to end",
    ]);
  });

  it("does not wait past the deadline for those who inherited the output", async () => {
    const pidFile = join(dir, "pid");
    const script = `
      const { spawn } = require("node:child_process");
      const forever = ["-e", "setTimeout(() => {}, 60_000)"];
      const child = spawn(process.execPath, forever, { stdio: "inherit", detached: true });
      require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
      process.exit();`;
    const before = performance.now();
    expect(await codeOf(host.runner.run(node, ["-e", script], { timeoutMs: 500 }))).toBe(
      "ERR_TIMEOUT",
    );
    expect(performance.now() - before).toBeLessThan(5000);
    process.kill(Number(await readFile(pidFile, "utf8")), "SIGKILL");
  });

  it("ends at once without time, and takes Infinity for no limit", async () => {
    const forever = ["-e", "setTimeout(() => {}, 60_000)"];
    expect(await codeOf(host.runner.run(node, forever, { timeoutMs: 0 }))).toBe("ERR_TIMEOUT");
    const result = await host.runner.run(node, ["-v"], { timeoutMs: Number.POSITIVE_INFINITY });
    expect(result.stdout).toBe(`${process.version}\n`);
  });

  it("counts bytes, not characters, and keeps what is not UTF-8 readable", async () => {
    const accents = ["-e", "process.stdout.write('\u00e9'.repeat(600))"];
    expect(await codeOf(host.runner.run(node, accents, { maxOutputBytes: 1000 }))).toBe(
      "ERR_OUTPUT_TOO_LARGE",
    );
    expect((await host.runner.run(node, accents, { maxOutputBytes: 1200 })).stdout).toHaveLength(
      600,
    );
    const bytes = ["-e", "process.stdout.write(Buffer.of(0x61, 0xff, 0x62))"];
    expect((await host.runner.run(node, bytes)).stdout).toBe("a\ufffdb");
  });

  it("tells a missing program from a missing directory and a missing interpreter", async () => {
    const start = (file: string, cwd?: string): Promise<string>[] => [
      codeOf(host.runner.run(file, [], { cwd })),
      codeOf(host.runner.startDaemon(file, [], { cwd })),
    ];
    const missing = join(dir, "missing");
    const script = join(dir, "script");
    await writeFile(script, "#!/no/such/interpreter\n", { mode: 0o755 });
    for (const code of start(missing)) expect(await code).toBe("ERR_COMMAND_NOT_FOUND");
    for (const code of start(node, missing)) expect(await code).toBe("ERR_COMMAND_NOT_EXECUTABLE");
    for (const code of start(script)) expect(await code).toBe("ERR_COMMAND_NOT_EXECUTABLE");
    await expect(host.runner.run(node, [], { cwd: missing })).rejects.toThrow(missing);
    await expect(host.runner.run(script, [])).rejects.toThrow("interpreter");
  });

  it("refuses arguments that no system takes", async () => {
    for (const word of ["a\0b", "x".repeat(8 * 1024 * 1024)]) {
      expect(await codeOf(host.runner.run(node, [word]))).toBe("ERR_COMMAND_NOT_EXECUTABLE");
      expect(await codeOf(host.runner.startDaemon(node, [word]))).toBe(
        "ERR_COMMAND_NOT_EXECUTABLE",
      );
    }
  });

  it("does not mind a command that does not read its input", async () => {
    const result = await host.runner.run(node, ["-v"], { input: "x".repeat(1_000_000) });
    expect(result.exitCode).toBe(0);
  });
});

describe("startDaemon", () => {
  it.each(["new", "terminal"] as const)(
    "makes files for its owner alone, whatever our umask is (session: %s)",
    async (session) => {
      const made = join(dir, "made");
      const script = `require("node:fs").writeFileSync(${JSON.stringify(made)}, "")`;
      const before = process.umask(0);
      try {
        const daemon = await host.runner.startDaemon(node, ["-e", script], { session });
        await daemon.exited;
        expect(process.umask()).toBe(0);
      } finally {
        process.umask(before);
      }
      expect((await stat(made)).mode & 0o777).toBe(0o600);
    },
  );

  it.each(["new", "terminal"] as const)(
    "keeps no directory of ours in use: a disk can be ejected (session: %s)",
    async (session) => {
      const log = await open(join(dir, "log"), "a");
      const script = "console.log(process.cwd())";
      const started = { session, stdout: log };
      await (
        await host.runner.startDaemon(node, ["-e", script], started)
      ).exited;
      await (
        await host.runner.startDaemon(node, ["-e", script], { ...started, cwd: dir })
      ).exited;
      await log.close();
      expect(await readFile(join(dir, "log"), "utf8")).toBe(`/\n${await realpath(dir)}\n`);
    },
  );

  it("leads its own process group, logs to files, and can be told apart and ended", async () => {
    const log = await open(join(dir, "log"), "a");
    const script = "console.log('up');setTimeout(() => {}, 60_000)";
    const daemon = await host.runner.startDaemon(node, ["-e", script], { stdout: log });
    await log.close();
    const info = await inspectProcess(host, daemon.pid);
    expect(info?.command).toContain(script);
    if (info === undefined) throw new Error("unreachable");
    expect(await isAlive(host, { pid: daemon.pid, startTime: "another" })).toBe(false);
    const impostor = { pid: daemon.pid, startTime: "another" };
    expect(await terminate(host, impostor, { gracePeriodMs: 10 })).toBe("already-gone");
    expect(await isAlive(host, info)).toBe(true);
    expect(await terminate(host, info, { gracePeriodMs: 5000, group: true })).toBe("terminated");
    expect(await daemon.exited).toEqual({ exitCode: undefined, signal: "SIGTERM" });
    expect(await terminate(host, info, { gracePeriodMs: 5000 })).toBe("already-gone");
  });

  it("kills what ignores SIGTERM once the grace period is over", async () => {
    const log = await open(join(dir, "log"), "a");
    const script = "process.on('SIGTERM', () => {});console.log('up');setTimeout(() => {}, 60_000)";
    const daemon = await host.runner.startDaemon(node, ["-e", script], { stdout: log });
    await log.close();
    await expect.poll(() => readFile(join(dir, "log"), "utf8")).toBe("up\n");
    const info = await inspectProcess(host, daemon.pid);
    if (info === undefined) throw new Error("unreachable");
    expect(await terminate(host, info, { gracePeriodMs: 100 })).toBe("killed");
  });

  it("refuses what does not exist", async () => {
    expect(await codeOf(host.runner.startDaemon(join(dir, "missing"), []))).toBe(
      "ERR_COMMAND_NOT_FOUND",
    );
  });
});
