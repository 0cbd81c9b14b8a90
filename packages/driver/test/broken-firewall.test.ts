import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { fastClock, openWorld, type World } from "./world.js";

async function withBrokenFirewall(world: World, faults: string) {
  const socketfilterfw = join(world.directory, "socketfilterfw");
  await writeFile(socketfilterfw, "#!/nowhere/interpreter\n", { mode: 0o755 });
  // It is asked 12 s after the start: 0.6 s.
  const host = { clock: fastClock(20), paths: { ...world.host.paths, socketfilterfw } };
  const env = { FAKE_VFKIT_FAULTS: faults, FAKE_LEASE_DELAY_MS: "1500" };
  return world.with(env, host);
}

describe.concurrent("a firewall that cannot be asked", () => {
  it("ends no start: the guest is waited for", async () => {
    await using world = await openWorld();
    const context = await withBrokenFirewall(world, "");
    const machine = await createMachine(world.options(), context);
    expect(await machine.getState()).toBe("Running");
  });

  it("is a cause among others, and not the error", async () => {
    await using world = await openWorld();
    const context = await withBrokenFirewall(world, "no-lease");
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 30_000 })).rejects.toMatchObject({
      code: "ERR_NO_LEASE",
      message: expect.stringMatching(/no DHCP lease[^]*cannot execute .*socketfilterfw/),
    });
  });
});
