import { createHost, type CommandResult } from "@vfkit-machine/host";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/definitions/index.js";
import { problems, VFM } from "./support.js";

// What needs no machine, through the built program; machines are in apps/e2e.
const host = createHost();
let home: string;

/** Nobody answers there. */
const ISO_URL = "http://127.0.0.1:9/b2d.iso";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "vfm-cli-"));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

const vfm = (...args: readonly string[]): Promise<CommandResult> =>
  host.runner.run(process.execPath, [VFM, ...args], { env: { ...host.env, VFM_HOME: home } });

describe("vfm", () => {
  it("prints its version", async () => {
    expect(await vfm("--version")).toMatchObject({
      exitCode: 0,
      stdout: "vfm 0.1.0\n",
      stderr: "",
    });
  });

  it("lists every command in its help, and each explains itself", async () => {
    const help = await vfm("--help");
    expect(help.exitCode).toBe(0);
    const commands = COMMANDS.map(({ name }) => name);
    expect(commands).toEqual(
      expect.arrayContaining(
        `create start stop kill restart rm list status inspect ip url ssh cp logs env pause resume set
         doctor cache completion version`.split(/\s+/),
      ),
    );
    for (const command of commands)
      expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    const own = await Promise.all(commands.map((command) => vfm(command, "--help")));
    for (const [index, { exitCode, stdout }] of own.entries()) {
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: vfm ${commands[index]}`);
      expect(stdout).toMatch(/\nExamples:\n {2}\S/);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it.each([
    ["no command at all", [], 2],
    ["an unknown command", ["lst"], 2],
    ["an unknown option", ["list", "--frobnicate"], 2],
    ["names and --all", ["stop", "a", "--all"], 2],
    ["a time that is none", ["stop", "a", "--grace", "soon"], 2],
    ["a machine that is not there", ["stop", "a"], 4],
  ])("refuses %s", async (_what, args, exitCode) => {
    const result = await vfm(...args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).not.toBe("");
    expect(result.stdout).toBe("");
  });

  it("lists nothing where there is nothing, for people and for machines", async () => {
    expect(await vfm("list")).toMatchObject({ exitCode: 0, stdout: "" });
    expect(await vfm("--json", "list")).toMatchObject({ exitCode: 0, stdout: "[]\n" });
  });

  it("tells machines of an error on stdout, as JSON", async () => {
    const result = await vfm("--json", "ip", "a");
    expect(result.exitCode).toBe(4);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "ERR_MACHINE_NOT_FOUND" } });
  });

  it("means the same by a command line whether it takes the fast lane or not", async () => {
    // With --debug it is parsed.
    for (const args of [["list"], ["ls", "--json"], ["list", "--names"], ["--version"]]) {
      const fast = await vfm(...args);
      const parsed = await vfm("--debug", ...args);
      expect(fast).toMatchObject({
        exitCode: parsed.exitCode,
        stdout: parsed.stdout,
        stderr: parsed.stderr,
      });
    }
  });

  it.each([
    [
      "a missing ISO",
      ["create", "--iso", "/nowhere/b2d.iso"],
      3,
      "there is no ISO /nowhere/b2d.iso",
    ],
    ["no ISO", ["create"], 2, "vfm create --iso minikube"],
    ["a typo in a command", ["strat"], 2, "Did you mean vfm start?"],
    ["a typo in an option", ["create", "--memroy", "4GiB"], 2, "Did you mean --memory?"],
    ["a file that is not there", ["create", "--file", "/nowhere/m.yaml"], 2, "no such file"],
    ["a shell without completion", ["completion", "tcsh"], 2, "bash, zsh, fish and powershell"],
    ["a word option with one hyphen", ["create", "-iso", "x"], 2, "Did you mean --iso?"],
    ["an option without its value", ["create", "--iso"], 2, "boot2docker-style ISO: PATH, URL"],
    ["a value that looks like an option", ["create", "--iso", "--cpus"], 2, "--iso=--cpus"],
    ["an option of another command", ["list", "--force"], 2, "See vfm list --help."],
    [
      "letters for a number",
      ["create", "--iso", "x", "--cpus", "two"],
      2,
      "See vfm create --help.",
    ],
    ["too many names", ["ip", "a", "b"], 2, "See vfm ip --help."],
    ["a large bare number", ["create", "--iso", "x", "--memory", "4096"], 2, "4096MiB (4 GiB) or"],
    ["a small bare number", ["create", "--iso", "x", "--memory", "4"], 2, "4GiB or --memory 4MiB"],
    ["one letter for a unit", ["create", "--iso", "x", "--disk", "20G"], 2, "20GiB (1024) or"],
    ["a MAC address that is none", ["create", "--iso", "x", "--mac", "a"], 2, "5a:94:ef:e4:0c:ee"],
    ["a mount without its place", ["create", "--iso", "x", "--mount", "/src"], 2, "~/src:/src"],
    ["an unknown way to fetch", ["create", "--iso", "ftp://a/b.iso"], 2, "http or https"],
    ["a directory for an ISO", ["create", "--iso", "/tmp"], 3, "path of an ISO image"],
    ["the first machine, not made yet", ["ssh"], 4, "vfm create --iso minikube"],
    ["a copy within this computer", ["cp", "a", "b"], 2, "NAME:PATH"],
    ["several logs at once", ["logs", "--vfkit", "--helper"], 2, "one log at a time"],
  ])("says what to do about %s", async (_what, args, exitCode, words) => {
    const result = await vfm(...args);
    expect(result.stderr).toContain(words);
    expect(result).toMatchObject({ exitCode, stdout: "" });
  });

  it("explains itself, on stderr, when no command is given", async () => {
    const result = await vfm();
    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(result.stderr).toContain("Usage: vfm COMMAND");
  });

  it("names the machine that may be meant, and how to run a command in the default one", async () => {
    const store = join(home, "typo");
    await mkdir(join(store, "machines", "dev"), { recursive: true });
    const ask = (...args: readonly string[]) => vfm("--store", store, ...args);
    for (const args of [
      ["stop", "dve"],
      ["ssh", "dve"],
      ["set", "dve", "--cpus", "2"],
    ]) {
      const result = await ask(...args);
      expect(result.stderr).toContain("Did you mean dev?");
      expect(result.exitCode).toBe(4);
    }
    expect((await ask("ip", "web")).stderr).toContain("There is dev.");
    expect((await ask("ssh", "uname", "-a")).stderr).toContain("vfm ssh -- uname -a");
  });

  it("writes no prose on stderr with --json, whatever happens", async () => {
    const store = join(home, "json");
    await mkdir(join(store, "machines", "broken"), { recursive: true });
    for (const args of [["list"], ["stop", "a"], ["start", "a", "b"], ["lst"], ["ip", "a"], []]) {
      const result = await vfm("--store", store, "--json", ...args);
      expect(result.stderr).toBe("");
      expect(JSON.parse(result.stdout)).toBeTruthy();
    }
    const text = join(home, "text.iso");
    await writeFile(text, "no image");
    const { stderr, stdout } = await vfm("--json", "--debug", "create", "x", "--iso", text);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    for (const line of lines) expect(problems("event", line)).toBe("");
    expect(lines.map(({ type }) => type)).toContain("log.debug");
    expect(JSON.parse(stdout)).toMatchObject({ error: { stack: expect.stringContaining("at ") } });
  });

  it("says what to do about an ISO that may not be read", async () => {
    const iso = join(home, "secret.iso");
    await writeFile(iso, "x");
    await chmod(iso, 0);
    const result = await vfm("create", "--iso", iso);
    // Root may read anything: then it is no ISO.
    expect(result.stderr).toContain(process.geteuid?.() === 0 ? iso : "chmod u+r");
    expect(result.exitCode).toBe(3);
  });

  it("refuses a store that depends on where one stands, by its name", async () => {
    const result = await host.runner.run(process.execPath, [VFM, "list"], {
      env: { ...host.env, VFM_HOME: "here" },
    });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('VFM_HOME is not an absolute path: "here"');
  });

  it.each(["", "here"])("refuses a home directory that is none: HOME=%s", async (at) => {
    const result = await host.runner.run(process.execPath, [VFM, "list"], {
      env: { ...host.env, VFM_HOME: undefined, HOME: at },
    });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(`the home directory is not an absolute path: "${at}"`);
    expect(result.stderr).toContain("hint: Set HOME");
  });

  it("does not take a store on a disk that is not there for an empty one", async () => {
    const store = join(home, "link");
    await symlink(join(home, "unplugged"), store);
    for (const args of [["list"], ["create", "--iso", "minikube"]]) {
      const result = await host.runner.run(process.execPath, [VFM, ...args], {
        env: { ...host.env, VFM_HOME: store },
      });
      expect(result).toMatchObject({ exitCode: 3, stdout: "" });
      expect(result.stderr).toContain(
        `it is a link to ${join(home, "unplugged")}, which is not there`,
      );
    }
  });

  it("says that an ISO is a link that leads to itself", async () => {
    const iso = join(home, "loop.iso");
    await symlink(iso, iso);
    const result = await vfm("create", "--iso", iso);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(`cannot read ${iso}: ELOOP`);
  });

  it.each(["file", "file/store", "/dev/null/store"])(
    "refuses a store that can be none, whatever the command: %s",
    async (path) => {
      await writeFile(join(home, "file"), "");
      const store = resolve(home, path);
      for (const args of [
        ["list"],
        ["stop", "--all"],
        ["cache"],
        ["create", "--iso", "minikube"],
      ]) {
        const result = await host.runner.run(process.execPath, [VFM, ...args], {
          env: { ...host.env, VFM_HOME: store },
        });
        expect(result).toMatchObject({ exitCode: 3, stdout: "" });
        expect(result.stderr).toContain(
          `cannot use the store ${store}: it is no directory\nhint: `,
        );
      }
    },
  );

  // Where Node's own mkdir never ends.
  it.skipIf(process.platform !== "linux")(
    "refuses a store in /proc, and does not hang (skipped where there is none)",
    async () => {
      const result = await host.runner.run(process.execPath, [VFM, "cache", "add", ISO_URL], {
        env: { ...host.env, VFM_HOME: "/proc/vfm" },
        timeoutMs: 10_000,
      });
      expect(result.stderr).toContain("cannot create the directory /proc/vfm/");
      expect(result.exitCode).toBe(3);
    },
  );

  it("does not mind a reader that stops reading", async () => {
    const script = `"${process.execPath}" "${VFM}" --help | true`;
    const result = await host.runner.run("sh", ["-c", script]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
