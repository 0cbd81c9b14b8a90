import { createHost } from "@vfkit-machine/host";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveOptions } from "./resolve-options.js";
import { rosettaScript } from "./start-rosetta.js";

const OPTIONS = { name: "c1", iso: "/b2d.iso", rosetta: true };

describe("resolveOptions", () => {
  it("takes Rosetta on Apple silicon and says why it cannot elsewhere", () => {
    expect(resolveOptions(OPTIONS, "arm64", "darwin").rosetta).toBe(true);
    const refused = (arch: string, platform: NodeJS.Platform) => () =>
      resolveOptions(OPTIONS, arch, platform);
    expect(refused("x64", "darwin")).toThrow(/Intel Mac/);
    expect(refused("arm64", "linux")).toThrow(/part of macOS.*linux/);
    expect(refused("x64", "linux")).toThrow(expect.objectContaining({ code: "ERR_CHECK_ROSETTA" }));
  });
});

/** What the kernel makes of a field of the rule. */
function bytes(text: string | undefined): Buffer {
  const unescaped = (text ?? "").replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(unescaped, "latin1");
}

// The kernel's register file is not there to be written: a shell with little programs is.
describe("rosettaScript", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "vfm-rosetta-"));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it("hands the kernel 20 bytes of magic and of mask with their backslashes", async () => {
    const binfmt = join(root, "binfmt");
    await mkdir(binfmt);
    await writeFile(join(binfmt, "register"), "");
    const script = rosettaScript()
      .replaceAll("sudo tee $binfmt/register", `tee ${binfmt}/rosetta`)
      .replaceAll("sudo ", "echo ")
      .replace("/proc/sys/fs/binfmt_misc", binfmt);
    const result = await createHost().runner.run("sh", ["-c", script]);
    expect(result).toMatchObject({ exitCode: 0 });
    const rule = await readFile(join(binfmt, "rosetta"), "utf8");
    const [, name, type, offset, magic, mask, interpreter, flags] = rule.split(":");
    expect([name, type, offset, interpreter, flags]).toEqual([
      "rosetta",
      "M",
      "",
      "/mnt/rosetta/rosetta",
      "F",
    ]);
    expect(bytes(magic)).toHaveLength(20);
    expect(bytes(mask)).toHaveLength(20);
    // This very program is an ELF for x86-64 where the test runs on such a Linux.
    const own = (await readFile(process.execPath)).subarray(0, 20);
    const matches = own.every(
      (byte, at) => ((byte ^ (bytes(magic)[at] ?? 0)) & (bytes(mask)[at] ?? 0)) === 0,
    );
    expect(matches).toBe(process.platform === "linux" && process.arch === "x64");
  });
});
