import { join } from "node:path";
import { expect, it } from "vitest";
import { macAddressForName, openMachine } from "../src/index.js";
import { drive } from "./drive.js";
import { writeLease } from "./fixtures/leases.mjs";
import { fastClock, openWorld } from "./world.js";

it("a start that cannot take over what a killed one left knows which leases were there before it", async () => {
  await using world = await openWorld();
  const old = "127.255.255.250";
  const path = join(world.directory, "dhcpd_leases");
  await writeLease({ path, mac: macAddressForName("c1"), ip: old });
  const env = { FAKE_VFKIT_FAULTS: "never-runs" };
  const killed = {
    operation: "create",
    event: "start.vfkit.spawned",
    options: world.options(),
    env,
  };
  expect((await drive(world, killed)).signal).toBe("SIGKILL");
  expect(await world.processes()).toHaveLength(1);
  const context = world.with({ FAKE_VFKIT_FAULTS: "no-lease" }, { clock: fastClock(5) });
  const machine = await openMachine("c1", context);
  await expect(machine.start({ timeoutMs: 15_000 })).rejects.toMatchObject({
    code: "ERR_NO_LEASE",
    message: expect.stringMatching(new RegExp(`no new DHCP lease [^]*${old}`)),
  });
});
