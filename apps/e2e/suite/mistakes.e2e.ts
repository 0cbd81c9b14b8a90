import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ISO, openStore } from "./surroundings.js";

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
