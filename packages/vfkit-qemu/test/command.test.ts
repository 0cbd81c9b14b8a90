import { spawnSync } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAIN } from "./support/vfkit.js";

// Nothing here gets as far as starting QEMU.
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vq-"));
  for (const name of ["kernel", "initrd"]) await writeFile(join(directory, name), "x");
  await writeFile(join(directory, "empty.img"), "");
  await writeFile(join(directory, "disk.qcow2"), Buffer.from("QFI\xfb", "latin1"));
  await truncate(join(directory, "disk.qcow2"), 4096);
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...args], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
}

const BOOT = ["--kernel", "kernel", "--initrd", "initrd", "--kernel-cmdline", "quiet"];

test("--version: stdout is vfkit's to the byte, the stand-in shows on stderr", () => {
  const { status, stdout, stderr } = run(["--version"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "vfkit version: v0.6.4\n" });
  expect(stderr).toContain("QEMU");
});

test("--help names the flags and the environment", () => {
  const { status, stdout } = run(["--help"]);
  expect(status).toBe(0);
  const environment = ["VFKIT_QEMU_ARCH", "VFKIT_QEMU_ACCEL", "VFKIT_QEMU_NAT_TAPS"];
  for (const word of ["--restful-uri", "--device", ...environment]) expect(stdout).toContain(word);
});

test.each([
  [["--nope"], "unknown flag"],
  [["--kernel", "kernel"], "belong together"],
  [[...BOOT, "--log-level", "warn"], "warn"],
  [[...BOOT, "--cpus", "many"], "many"],
  [[...BOOT, "--device", "floppy"], "unknown device type"],
  [[...BOOT, "--device", "virtio-net"], "nat"],
  [[...BOOT, "--restful-uri", "ftp://x"], "ftp"],
  [[...BOOT, "--device", "virtio-blk,path=absent.img"], "absent.img"],
  [[...BOOT, "--device", "virtio-blk,path=empty.img"], "empty"],
  [[...BOOT, "--device", "virtio-blk,path=disk.qcow2"], "not a raw disk image"],
  [[...BOOT, "--device", "virtio-vsock,port=1,socketURL=/s"], "cannot stand in for virtio-vsock"],
  [[...BOOT, "--device", "virtio-fs,sharedDir=absent,mountTag=t"], "absent"],
  [[...BOOT, "--device", "virtio-fs,sharedDir=kernel,mountTag=t"], "not a directory"],
  [[...BOOT, "--device", "virtio-serial,logFilePath=absent/log"], "absent/log"],
  [[...BOOT.slice(2), "--kernel", "absent-kernel"], "absent-kernel"],
])("%j is refused with exit code 1", (args, reason) => {
  const { status, stdout, stderr } = run(args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(reason);
  // As cobra: the error, the usage, and the error again at the end, where a log's tail shows it.
  expect(stderr).toMatch(/Error: [^]*Usage:\n {2}vfkit \[flags\]\n/);
  expect(stderr.slice(stderr.lastIndexOf("--version"))).toContain(reason);
});

test.each([
  ["arm64", "qemu-system-aarch64", "qemu-system-arm."],
  ["x64", "qemu-system-x86_64", "qemu-system-x86."],
])("a missing QEMU for %s is named, with the line that installs it", (arch, program, hint) => {
  const { status, stderr } = run(BOOT, { PATH: directory, VFKIT_QEMU_ARCH: arch });
  expect(status).toBe(1);
  expect(stderr).toContain(`command not found: ${program}\n`);
  expect(stderr).toContain(`apt install ${hint}`);
});

test("an unknown architecture is refused with its name", () => {
  const { status, stderr } = run(BOOT, { VFKIT_QEMU_ARCH: "riscv64" });
  expect(status).toBe(1);
  expect(stderr).toContain("has machines of x64 and arm64, not of riscv64");
});

test("an unknown accelerator is refused with its name", () => {
  const { status, stderr } = run(BOOT, { VFKIT_QEMU_ACCEL: "hvf" });
  expect(status).toBe(1);
  expect(stderr).toContain('VFKIT_QEMU_ACCEL must be kvm or tcg, not "hvf"');
});

test("nat with a prefix that no interface has is refused with it", () => {
  const env = { VFKIT_QEMU_NAT_TAPS: "vq-none" };
  const { status, stderr } = run([...BOOT, "--device", "virtio-net,nat"], env);
  expect(status).toBe(1);
  expect(stderr).toContain("no tap interface for nat: there is no vq-none0");
});

test("a run directory that is not ours is refused", async () => {
  await writeFile(join(directory, "occupied"), "");
  const args = [...BOOT, "--device", `virtio-fs,sharedDir=${directory},mountTag=t`];
  const env = { VFKIT_QEMU_RUN_DIR: join(directory, "occupied", "x"), VFKIT_QEMU_ACCEL: "tcg" };
  const { status, stderr } = run(args, env);
  expect(status).toBe(1);
  expect(stderr).toContain(join(directory, "occupied"));
});
