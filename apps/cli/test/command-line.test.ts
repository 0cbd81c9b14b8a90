import { createHost, type CommandResult } from "@vfkit-machine/host";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VFM } from "./support.js";

// What needs no machine, through the built program; machines are in apps/e2e.
const host = createHost();
let home: string;

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
    const commands = [
      "create",
      "start",
      "stop",
      "kill",
      "restart",
      "rm",
      "list",
      "status",
      "ip",
      "url",
      "ssh",
      "inspect",
    ];
    for (const command of commands)
      expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    const own = await Promise.all(commands.map((command) => vfm(command, "--help")));
    for (const [index, { exitCode, stdout }] of own.entries()) {
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: vfm ${commands[index]}`);
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
  ])("says what to do about %s", async (_what, args, exitCode, words) => {
    const result = await vfm(...args);
    expect(result.stderr).toContain(words);
    expect(result).toMatchObject({ exitCode, stdout: "" });
  });

  it("refuses a store that depends on where one stands, by its name", async () => {
    const result = await host.runner.run(process.execPath, [VFM, "list"], {
      env: { ...host.env, VFM_HOME: "here" },
    });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('VFM_HOME is not an absolute path: "here"');
  });

  it("does not mind a reader that stops reading", async () => {
    const script = `"${process.execPath}" "${VFM}" --help | true`;
    const result = await host.runner.run("sh", ["-c", script]);
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
