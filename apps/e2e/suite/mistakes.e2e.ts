import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IN_LAB, ISO, openStore, SIZE } from "./surroundings.js";

describe("mistakes get an answer that says what to do, and make nothing", () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ["no such machine", ["start", "nobody"], 4, /nobody/],
    ["a name that is a path", ["create", "../x", "--iso", ISO], 3, /\.\.\/x/],
    ["a missing ISO", ["create", "x", "--iso", "/nowhere/b2d.iso"], 3, /\/nowhere\/b2d\.iso/],
    [
      "an unknown network",
      ["create", "x", "--iso", ISO, "--network", "bridged"],
      3,
      /bridged[^]*vmnet-shared/,
    ],
    ["a size without its unit", ["create", "x", "--iso", ISO, "--memory", "4"], 2, /4GiB/],
    ["a misspelt option", ["create", "x", "--iso", ISO, "--cpu", "2"], 2, /--cpus/],
    ["a misspelt command", ["strat", "x"], 2, /start/],
    ["no ISO at all", ["create", "x"], 2, /--iso/],
    ["too little memory", ["create", "x", "--iso", ISO, "--memory", "1MiB"], 3, /1 MiB/],
    ["a multicast MAC", ["create", "x", "--iso", ISO, "--mac", "01:00:5e:00:00:01"], 3, /01:00:5e/],
    ["a MAC that is none", ["create", "x", "--iso", ISO, "--mac", "hello"], 2, /5a:94:ef:e4:0c:ee/],
    ["no CPU", ["create", "x", "--iso", ISO, "--cpus", "0"], 3, /From 1 to 128/],
    ["a port that is none", ["create", "x", "--iso", ISO, "--ssh-port", "99999"], 3, /1 to 65535/],
    [
      "a mount that is not there",
      ["create", "x", "--iso", ISO, "--mount", "/none:/x"],
      3,
      /no such/,
    ],
    [
      "a mount of a file",
      ["create", "x", "--iso", ISO, "--mount", `${ISO}:/x`],
      3,
      /a directory of/,
    ],
    ["a mount to nowhere", ["create", "x", "--iso", ISO, "--mount", "/tmp:x"], 2, /absolute path/],
    [
      "two mounts in one place",
      ["create", "x", "--iso", ISO, "--mount", "/tmp:/x", "--mount", "/usr:/x"],
      3,
      /a place of its own/,
    ],
    ["a comma in a mount", ["create", "x", "--iso", ISO, "--mount", "/a,b:/x"], 3, /symbolic link/],
    ["an option with one hyphen", ["create", "x", "-iso", ISO], 2, /--iso/],
    ["a version that is none", ["create", "x", "--iso", "minikube@new"], 2, /minikube@1\.38\.0/],
    ["a file to copy that is not there", ["cp", "x", "nobody:"], 4, /There are no machines/],
  ])("%s", async (_what, args, exitCode, message) => {
    await using vfm = await openStore();
    const result = await vfm.run(args);
    expect(result.stderr).toMatch(message);
    expect(result.stdout).toBe("");
    expect(result.exitCode).toBe(exitCode);
    expect(await vfm.ok("list", "--names")).toBe("");
  });

  it("a file that is no ISO", async () => {
    await using vfm = await openStore();
    const path = join(vfm.home, "text.iso");
    await writeFile(path, "not an image");
    const result = await vfm.run(["create", "x", "--iso", path]);
    expect(result.stderr).toContain(path);
    expect(result.exitCode).toBe(3);
    expect(await vfm.ok("list", "--names")).toBe("");
  });

  it.skipIf(process.platform === "darwin" && process.arch === "arm64")(
    "Rosetta where there is none (skipped on Apple silicon, which has it)",
    async () => {
      await using vfm = await openStore();
      const result = await vfm.run(["create", "x", "--iso", ISO, "--rosetta"]);
      expect(result.stderr).toMatch(/Rosetta is not available here: .*(?:Intel|linux)/);
      expect(result.exitCode).toBe(3);
    },
  );

  it("a misspelt machine, a paused one, and commands that a state does not allow", async () => {
    await using vfm = await openStore();
    await vfm.ok("create", "web", "--iso", ISO, ...SIZE);
    const say = async (...args: readonly string[]): Promise<readonly [number, string]> => {
      const { exitCode, stderr } = await vfm.run(args);
      return [exitCode ?? -1, stderr];
    };
    expect(await say("stop", "wbe")).toEqual([4, expect.stringContaining("Did you mean web?")]);
    expect(await say("start", "web")).toEqual([1, expect.stringContaining("vfm restart web")]);
    expect(await say("create", "web", "--iso", ISO)).toEqual([
      1,
      expect.stringContaining("vfm rm web"),
    ]);
    expect(await say("cp", "/none", "web:")).toEqual([1, expect.stringContaining("NAME:PATH")]);
    expect(await say("cp", ISO, "web:/root/")).toEqual([1, expect.stringContaining(ISO)]);
    expect(await say("env", "web")).toEqual([0, expect.stringContaining("vfm ssh-config web")]);
    await vfm.ok("pause", "web");
    expect(await say("ssh", "web", "--", "true")).toEqual([
      1,
      expect.stringContaining("vfm resume web"),
    ]);
    await vfm.ok("kill", "web");
    expect(await say("pause", "web")).toEqual([1, expect.stringContaining("vfm start web")]);
    expect(await say("ip", "web")).toEqual([1, expect.stringContaining("vfm start web")]);
  });

  it.skipIf(!IN_LAB)("no space is left (needs the lab: it mounts a small disk)", async () => {
    await using vfm = await openStore();
    const small = join(vfm.home, "small");
    await mkdir(small);
    const script = `mount -t tmpfs -o size=20m none "$VFM_HOME" || exit 99
      "$0" "$1" create x --no-start --iso "$2"; echo "exited $?"
      "$0" "$1" list --names
      "$0" "$1" doctor`;
    const result = await vfm.host.runner.run(
      "unshare",
      ["-Urm", "sh", "-c", script, process.execPath, vfm.entry, ISO],
      { env: { ...vfm.env, VFM_HOME: small } },
    );
    expect(result.stderr).toMatch(/no space is left/);
    expect(result.stderr).toMatch(/Free some space/);
    expect(result.stdout).toMatch(/^exited 1\n(?!x$)/m);
    expect(result.stdout).toMatch(/FAIL space: \d+ MiB are free/);
  });

  it.skipIf(process.geteuid?.() === 0)(
    "a place or an ISO without permission (not as root)",
    async () => {
      await using vfm = await openStore();
      const locked = join(vfm.home, "locked");
      await mkdir(locked, { mode: 0o500 });
      const result = await vfm.run(["--store", join(locked, "store"), "create", "x", "--iso", ISO]);
      expect(result.stderr).toMatch(
        /cannot create the directory .*EACCES[^]*make this one writable/,
      );
      expect(result.exitCode).toBe(3);
      const iso = join(vfm.home, "secret.iso");
      await writeFile(iso, "", { mode: 0o000 });
      const secret = await vfm.run(["create", "x", "--iso", iso]);
      expect(secret.stderr).toMatch(/permission denied[^]*chmod u\+r/);
      expect(secret.exitCode).toBe(3);
    },
  );

  it("vfkit is not installed", async () => {
    await using vfm = await openStore();
    const result = await vfm.host.runner.run(
      process.execPath,
      [vfm.entry, "create", "x", "--iso", ISO],
      {
        env: { ...vfm.env, PATH: "/nowhere" },
      },
    );
    expect(result.stderr).toContain("brew install vfkit");
    expect(result.exitCode).toBe(3);
  });
});
