import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { openWorld } from "./world.js";

describe("a directory that is mounted", () => {
  it("is named when it is gone at a start, before anything is started", async () => {
    await using world = await openWorld();
    const hostPath = join(world.directory, "src");
    await mkdir(hostPath);
    const mounts = [{ hostPath, guestPath: "/src" }];
    const machine = await createMachine(world.options({ start: false, mounts }), world.context);
    await rmdir(hostPath);
    await expect(machine.start()).rejects.toMatchObject({
      code: "ERR_MOUNT_FAILED",
      message: expect.stringContaining(hostPath) as string,
    });
    expect(world.eventTypes()).not.toContain("start.vfkit.spawned");
  });
});
