import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { createMachine } from "../src/index.js";
import { openWorld } from "./world.js";

it("the little programs end with the test runner that they were started for, also when it is killed", async () => {
  const runner = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
  onTestFinished(() => void runner.kill("SIGKILL"));
  await once(runner, "spawn");
  await using world = await openWorld({ env: { FAKE_OWNER: String(runner.pid) } });
  await createMachine(world.options({ network: "vmnet-shared" }), world.context);
  expect(await world.processes()).toHaveLength(2);
  runner.kill("SIGKILL");
  await expect.poll(() => world.processes(), { timeout: 10_000 }).toEqual([]);
});
