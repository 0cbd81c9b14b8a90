import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { prepareGuest } from "./support/guest.js";
import { Workshop } from "./support/vfkit.js";

const guest = await prepareGuest();
const found = "missing" in guest ? { kernelPath: "", initrdPath: "" } : guest;
const reason = "missing" in guest ? ` (skipped: ${guest.missing})` : "";

describe.skipIf("missing" in guest)(
  `a machine's devices${reason}`,
  { timeout: 60_000, concurrent: true },
  () => {
    test("a shared directory is the same from both sides", async () => {
      await using workshop = await Workshop.open();
      await writeFile(workshop.path("from-host"), "hello guest");
      const vfkit = workshop.boot(found, {
        words: "test.fs",
        devices: [`virtio-fs,sharedDir=${workshop.directory},mountTag=tag`],
      });
      expect(await vfkit.untilGuestSays("ready")).toContain("guest: shared hello guest");
      expect(await readFile(workshop.path("from-guest"), "utf8")).toBe("from guest\n");
      // Nothing is left to clean up should we be killed now.
      expect(await readdir(workshop.path("run"))).toEqual([]);
      await vfkit.client.requestState("Stop");
      expect(await vfkit.untilExit()).toEqual({ exitCode: 0, signal: undefined });
    });

    test("a virtiofsd that fails is what is blamed", async () => {
      await using workshop = await Workshop.open();
      await mkdir(workshop.path("bin"));
      const script = "#!/bin/sh\necho 'no sandbox today' >&2\nexit 1\n";
      await writeFile(workshop.path("bin/virtiofsd"), script, { mode: 0o755 });
      const vfkit = workshop.boot(found, {
        devices: [`virtio-fs,sharedDir=${workshop.directory},mountTag=tag`],
        env: { PATH: `${workshop.path("bin")}:${process.env["PATH"]}` },
      });
      expect(await vfkit.untilExit()).toEqual({ exitCode: 1, signal: undefined });
      expect(vfkit.stderr).toContain("virtiofsd exited with code 1:\n  no sandbox today");
      expect(await readdir(workshop.path("run"))).toEqual([]);
    });

    test("QEMU takes every other device too, and the guest finds them in order", async () => {
      await using workshop = await Workshop.open();
      for (const name of ["nvme.img", "usb.img"]) {
        await writeFile(workshop.path(name), "x");
        await truncate(workshop.path(name), 1024 * 1024);
      }
      const vfkit = workshop.boot(found, {
        devices: [
          "virtio-balloon",
          `nvme,path=${workshop.path("nvme.img")}`,
          "virtio-gpu",
          `usb-mass-storage,path=${workshop.path("usb.img")},readonly`,
          "virtio-input,keyboard",
          "virtio-input,pointing",
          "virtio-serial,pty",
          "virtio-serial,stdio",
        ],
      });
      const log = await vfkit.untilGuestSays("ready");
      expect(log).toContain("guest: nvme0n1 2048 0");
      // rng, console, balloon, NVMe, screen and three USB controllers, as QEMU's PCI ids.
      const [, ids = ""] = /guest: pci \S+ ((?:0x[0-9a-f]{4} )+)/.exec(log) ?? [];
      expect(ids).toMatch(/^0x1005 0x1003 0x1002 0x0010 0x1050 0x000d 0x000d 0x000d /);
      // A terminal is named in the inspection; the other console is our stdout.
      const { devices } = (await vfkit.client.inspect()) as { devices: { ptyName?: string }[] };
      const { ptyName } = devices.find((device) => device.ptyName !== undefined) ?? {};
      expect((await stat(ptyName ?? "")).isCharacterDevice()).toBe(true);
      expect(vfkit.stdout).toContain("guest: hvc2");
    });

    test("a disk that another machine writes to is refused", async () => {
      await using workshop = await Workshop.open();
      await using other = await Workshop.open();
      await writeFile(workshop.path("disk.img"), "x");
      const devices = [`virtio-blk,path=${workshop.path("disk.img")}`];
      await workshop.boot(found, { devices }).untilRunning();
      const second = other.boot(found, { devices });
      expect(await second.untilExit()).toEqual({ exitCode: 1, signal: undefined });
      expect(second.stderr).toContain('Failed to get "write" lock');
    });
  },
);
