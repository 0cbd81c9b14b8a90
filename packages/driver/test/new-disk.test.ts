import { inspectDisk } from "@vfkit-machine/boot2docker-disk";
import { existsSync } from "node:fs";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, openMachine, type Machine } from "../src/index.js";
import { fastClock, openWorld } from "./world.js";

const FAST = { clock: fastClock(5) };

/** What a guest leaves whose power is cut while mke2fs works: no magic, no file system yet. */
async function tear(machine: Machine): Promise<void> {
  await using disk = await open(join(machine.directory, "disk.img"), "r+");
  await disk.write(Buffer.alloc(4096), 0, 4096, 0);
}

const guestAction = async (machine: Machine): Promise<string> =>
  (await inspectDisk(join(machine.directory, "disk.img"))).guestAction;

describe.concurrent("a first boot that was cut off", () => {
  it("while the guest formatted: the next start makes the disk anew, with the key", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    await tear(machine);
    expect(await guestAction(machine)).toBe("ignore");
    await machine.start();
    expect(world.eventTypes()).toContain("start.disk.renewed");
    expect(await guestAction(machine)).toBe("mount");
    // The guest let us in: from now on the disk is somebody's.
    expect(existsSync(join(machine.directory, "new-disk"))).toBe(false);
  });

  it("and the public key lost as well: says that there was nothing on the disk", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    await tear(machine);
    await rm(join(machine.directory, "id_ed25519.pub"));
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_MACHINE_DAMAGED",
      hint: expect.stringContaining("vfm rm c1"),
    });
    expect(await world.processes()).toEqual([]);
  });

  it("by a start that failed after formatting: the disk is new again, and the next start works", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "ssh-wrong-key" }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    // As long as may be: 20 s after its first refusal the key is given up instead.
    await expect(machine.start({ timeoutMs: 20_000 })).rejects.toMatchObject({
      code: "ERR_SSH_TIMEOUT",
    });
    expect(world.eventTypes()).toContain("start.disk.renewed");
    expect(await guestAction(machine)).toBe("format");
    await (await openMachine("c1", world.context)).start();
    expect(await guestAction(machine)).toBe("mount");
  });

  it("by Ctrl-C after formatting: the disk is new again", async () => {
    await using world = await openWorld();
    const controller = new AbortController();
    const context = world.with({ FAKE_VFKIT_FAULTS: "ssh-wrong-key" });
    const machine = await createMachine(world.options({ start: false }), context);
    const waiting = world.next("start.ssh.waiting");
    const starting = machine.start({ signal: controller.signal });
    await waiting;
    expect(await guestAction(machine)).toBe("mount");
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await guestAction(machine)).toBe("format");
  });

  it("with the driver, after formatting and before the keys: left as it is, and soon told what to do", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    await machine.stop();
    // As a power cut leaves it that ends the computer: nobody has noted that the guest let us in.
    await writeFile(join(machine.directory, "new-disk"), "");
    // Within one second bootpd writes the very same lease again.
    await rm(world.host.paths.dhcpdLeases);
    const before = await readFile(join(machine.directory, "disk.img"));
    world.events.length = 0;
    const context = world.with({ FAKE_VFKIT_FAULTS: "ssh-wrong-key" }, FAST);
    await expect((await openMachine("c1", context)).start()).rejects.toMatchObject({
      code: "ERR_SSH_AUTH_FAILED",
      message: expect.stringContaining("does not take the key"),
      hint: expect.stringContaining("vfm rm c1"),
    });
    expect(world.eventTypes()).not.toContain("start.disk.renewed");
    expect(before.equals(await readFile(join(machine.directory, "disk.img")))).toBe(true);
  });
});

describe.concurrent("a disk that is somebody's", () => {
  it("is never made anew, whatever is on it", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    await machine.stop();
    await tear(machine);
    const before = await readFile(join(machine.directory, "disk.img"));
    // The little guest keeps what it needs behind what was torn; a real one would not let us in.
    await machine.start();
    expect(world.eventTypes()).not.toContain("start.disk.renewed");
    expect(before.equals(await readFile(join(machine.directory, "disk.img")))).toBe(true);
  });

  it("is so once anybody was let in, also when no start was ever completed", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "mount-fails" });
    const mounts = [{ hostPath: world.directory, guestPath: "/mnt/a" }];
    const machine = await createMachine(world.options({ start: false, mounts }), context);
    await expect(machine.start()).rejects.toMatchObject({ code: "ERR_MOUNT_FAILED" });
    await tear(machine);
    const before = await readFile(join(machine.directory, "disk.img"));
    await machine.start().catch(() => undefined);
    expect(world.eventTypes()).not.toContain("start.disk.renewed");
    expect(before.equals(await readFile(join(machine.directory, "disk.img")))).toBe(true);
  });
});
