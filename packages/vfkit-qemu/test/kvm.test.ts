import { access, chmod, constants, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@vfkit-machine/host";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chooseAccelerator, formatVerdict, parseVerdict, probeArgv } from "../src/kvm.js";
import { qemuPlatform } from "../src/qemu-platform.js";
import { untilGone } from "./support/processes.js";
import type { Accelerator } from "../src/index.js";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vq-"));
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

/** A program in QEMU's place, that notes each time it runs. */
async function fakeQemu(script: string): Promise<string> {
  const path = join(directory, "qemu");
  await writeFile(path, `#!/bin/sh\necho run >> "${directory}/runs"\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function choose(
  qemuPath: string,
  env: Record<string, string> = {},
  arch = "x64",
): Promise<Accelerator> {
  const host = createHost({
    arch: "x64",
    env: { ...process.env, VFKIT_QEMU_RUN_DIR: join(directory, "run"), ...env },
  });
  const platform = qemuPlatform(arch);
  return chooseAccelerator(host, { qemuPath, platform, kernelPath: "/k", timeoutMs: 300 });
}

async function runs(): Promise<number> {
  return (await readFile(join(directory, "runs"), "utf8")).split("run").length - 1;
}

const hasKvm = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
  () => true,
  () => false,
);
const reason = hasKvm ? "" : " (skipped: this host has no /dev/kvm that we may open)";

describe.skipIf(!hasKvm)(`the probe${reason}`, () => {
  test("a kernel that speaks is KVM, and is asked once", async () => {
    const qemu = await fakeQemu('echo "[    0.000000] Linux version 6.1"; exec sleep 60');
    expect(await choose(qemu)).toBe("kvm");
    expect(await choose(qemu)).toBe("kvm");
    expect(await runs()).toBe(1);
    await untilGone(directory);
  });

  test("a kernel that hangs is emulation, and is asked once", async () => {
    const qemu = await fakeQemu('echo "Probing EDD (edd=off to disable)... ok"; exec sleep 60');
    expect(await choose(qemu)).toBe("tcg");
    expect(await choose(qemu)).toBe("tcg");
    expect(await runs()).toBe(1);
    await untilGone(directory);
  });

  test("a QEMU that ends is emulation", async () => {
    expect(await choose(await fakeQemu("exit 1"))).toBe("tcg");
  });

  test("a verdict of another boot counts for nothing", async () => {
    const qemu = await fakeQemu('echo "Linux version"; exec sleep 60');
    expect(await choose(qemu)).toBe("kvm");
    const path = join(directory, "run", "kvm-works.json");
    await writeFile(path, formatVerdict(false, "another boot"));
    expect(await choose(qemu)).toBe("kvm");
    expect(await runs()).toBe(2);
  });
});

test.each(["kvm", "tcg"] as const)("VFKIT_QEMU_ACCEL=%s is taken at its word", async (asked) => {
  expect(await choose("/nonexistent", { VFKIT_QEMU_ACCEL: asked })).toBe(asked);
});

test("a machine of another architecture is emulated, without a probe and without a verdict", async () => {
  expect(await choose("/nonexistent", {}, "arm64")).toBe("tcg");
  await expect(access(join(directory, "run"))).rejects.toThrow("ENOENT");
  await expect(choose("/nonexistent", { VFKIT_QEMU_ACCEL: "kvm" }, "arm64")).rejects.toThrow(
    "VFKIT_QEMU_ACCEL=kvm: no arm64 machine runs under KVM on x64",
  );
});

test("only a whole verdict of this boot is read", () => {
  expect(parseVerdict(formatVerdict(true, "b"), "b")).toBe(true);
  for (const text of ["", "{", "null", "[]", '{"bootId":"b"}', '{"bootId":"b","works":1}']) {
    expect(parseVerdict(text, "b")).toBeUndefined();
  }
});

test("the probe has neither devices nor the guest's own command line", () => {
  const argv = probeArgv("/q", qemuPlatform("x64"), "/k");
  expect(argv).toContain("-nodefaults");
  expect(argv.join(" ")).toContain("accel=kvm -cpu host");
  expect(argv.join(" ")).toContain("-kernel /k -append console=ttyS0 ");
});
