import { closeSync, openSync, readSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { watchVfm } from "../src/watch-vfm.js";
import {
  IN_LAB,
  ISO,
  LAB_SUDO,
  labctl,
  machineProcesses,
  openStore,
  SIZE,
} from "./surroundings.js";

/** Each test has a name of its own: a lease of an earlier machine of that name may still be there. */
const create = (name: string): readonly string[] => [
  "create",
  name,
  "--no-start",
  "--iso",
  ISO,
  ...SIZE,
];

describe.skipIf(!IN_LAB)("faults of a real guest (needs the lab, which makes them)", () => {
  it("a guest that panics: its last words are shown, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("panics"), "--kernel-cmdline", "lab.panic");
    const result = await vfm.run(["start", "panics"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/panicked:[^]*Kernel panic - not syncing/);
    expect(await vfm.ok("status", "panics")).toBe("Stopped");
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest without an address: the cause is named, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("no-address"), "--kernel-cmdline", "lab.no-dhcp");
    const result = await vfm.run(["start", "no-address", "--timeout", "8"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/no-address got no address: no DHCP lease for/);
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest without SSH: the refused port is named, and nothing is left running", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("no-ssh"), "--kernel-cmdline", "lab.no-ssh");
    const result = await vfm.run(["start", "no-ssh", "--timeout", "8"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/refused/);
    expect(await machineProcesses()).toEqual([]);
  });

  it("a guest that ignores the power button is ended, and the command says so", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("stubborn"), "--kernel-cmdline", "lab.ignore-power");
    await vfm.ok("start", "stubborn");
    expect(await vfm.ok("stop", "stubborn", "--grace", "1")).toMatch(/terminated|killed/);
    expect(await machineProcesses()).toEqual([]);
  });
});

describe.skipIf(!IN_LAB)("a DHCP server that is silent (needs the lab: it turns it off)", () => {
  afterEach(async () => {
    await labctl("bootpd", "on");
  });

  it("where a lease of the run before is still in the file: no new one came, and the old one is no address", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("stale-lease"));
    await vfm.ok("start", "stale-lease");
    const ip = await vfm.ok("ip", "stale-lease");
    await vfm.ok("stop", "stale-lease");
    expect(await labctl("leases", "show")).toContain(ip);
    await labctl("bootpd", "off");
    const result = await vfm.run(["start", "stale-lease", "--timeout", "6"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/stale-lease got no address: no new DHCP lease for/);
    expect(result.stderr).toContain(`${ip}:22`);
    expect(result.stderr).toContain("did it ask for an address");
    expect(await machineProcesses()).toEqual([]);
    // And once it answers again, so does the machine.
    await labctl("bootpd", "on");
    await vfm.ok("start", "stale-lease");
    expect(await vfm.ok("status", "stale-lease")).toBe("Running");
  });
});

describe.skipIf(!IN_LAB)("a power cut in the first boot (needs the lab: it cuts the power)", () => {
  it("while the guest formats its disk: it is made anew, and the next start finds the guest with its key", async () => {
    await using vfm = await openStore();
    await vfm.ok(...create("torn"));
    const directory = join(vfm.home, "machines", "torn");
    const watched = watchVfm(vfm, ["start", "torn"]);
    await watched.event("start.vm.running");
    await cutPowerWhileFormatting(directory);
    const ended = await watched.ended();
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.stderr).toContain("start.disk.renewed");
    expect(await machineProcesses()).toEqual([]);
    await vfm.ok("start", "torn");
    expect(await vfm.ok("ssh", "torn", "--", "echo", "up")).toBe("up");
    expect(await readdir(directory)).not.toContain("new-disk");
  });
});

/** Looks at the disk without a pause, and kills all of vfkit once the magic string is gone. */
async function cutPowerWhileFormatting(directory: string): Promise<void> {
  const [pid] = (await readFile(join(directory, "vfkit.pid"), "utf8")).split("\n");
  const disk = openSync(join(directory, "disk.img"), "r");
  const head = Buffer.alloc(29);
  const began = performance.now();
  try {
    do {
      readSync(disk, head, 0, head.length, 0);
      if (performance.now() - began > 60_000) throw new Error("the guest does not format its disk");
      await breathe();
    } while (head.toString("latin1") === "boot2docker, please format-me");
    process.kill(-Number(pid), "SIGKILL");
  } finally {
    closeSync(disk);
  }
}

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
