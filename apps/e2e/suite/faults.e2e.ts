import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { IN_LAB, ISO, LAB_SUDO, labctl, openStore, SIZE } from "./surroundings.js";

const CREATE = ["create", "c1", "--no-start", "--iso", ISO, ...SIZE];

/** Programs of a machine that still run. */
async function machineProcesses(): Promise<readonly string[]> {
  const lines = (await labctl("processes")).split("\n");
  return lines.filter((line) => /--restful-uri|vmnet-helper|qemu-system/.test(line));
}

describe.skipIf(!IN_LAB)("faults of a real machine (needs the lab, which makes them)", () => {
  afterEach(async () => {
    await labctl("helper", "normal");
  });

  it.each([
    ["exit", /vmnet-helper/],
    ["garbage", /vmnet-helper/],
    ["die", /vmnet-helper|interface/],
  ])(
    "a vmnet-helper that goes wrong (%s) is named, and nothing is left running",
    async (mode, words) => {
      await using vfm = await openStore();
      await vfm.ok(...CREATE, "--network", "vmnet-shared");
      await labctl("helper", mode);
      const result = await vfm.run(["start", "c1"]);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(words);
      expect(await vfm.ok("status", "c1")).toBe("Stopped");
      expect(await machineProcesses()).toEqual([]);
    },
  );

  it("a guest that panics: its last words are shown, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...CREATE, "--kernel-cmdline", "lab.panic");
    const result = await vfm.run(["start", "c1"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/panicked:[^]*Kernel panic - not syncing/);
    expect(await vfm.ok("status", "c1")).toBe("Stopped");
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest without an address: the cause is named, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...CREATE, "--kernel-cmdline", "lab.no-dhcp");
    const result = await vfm.run(["start", "c1", "--timeout", "12"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/no DHCP lease/);
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest without SSH: the refused port is named, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...CREATE, "--kernel-cmdline", "lab.no-ssh");
    const result = await vfm.run(["start", "c1", "--timeout", "12"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/refused/);
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest that ignores the power button is ended, and the command says so", async () => {
    await using vfm = await openStore();
    await vfm.ok(...CREATE, "--kernel-cmdline", "lab.ignore-power");
    await vfm.ok("start", "c1");
    expect(await vfm.ok("stop", "c1", "--grace", "1")).toMatch(/terminated|killed/);
    expect(await machineProcesses()).toEqual([]);
  });
});

describe.skipIf(!LAB_SUDO)(
  "permissions (needs the lab entered as root: a plain user in it)",
  () => {
    it("an ISO that may not be read is refused with its path, before anything is made", async () => {
      await using vfm = await openStore();
      const iso = join(vfm.home, "secret.iso");
      await writeFile(iso, "not for you", { mode: 0 });
      const result = await vfm.run(["create", "c1", "--iso", iso]);
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain(iso);
      expect(result.stderr).toMatch(/EACCES|permission/);
      expect(await vfm.ok("list", "--names")).toBe("");
    });
  },
);
