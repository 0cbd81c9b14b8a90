import { readdir } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { createMachine } from "../src/index.js";
import { fastClock, openWorld } from "./world.js";

const FAST = { clock: fastClock(5) };

describe.concurrent("stop goes as far as it must, and says how far", () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["the guest shuts down", {}, "graceful"],
    ["it takes its time", { FAKE_VFKIT_STOP_MS: "300" }, "graceful"],
    [
      "the guest ignores the power button",
      { FAKE_VFKIT_FAULTS: "ignores-stop", FAKE_VFKIT_TERM_MS: "10" },
      "terminated",
    ],
    ["vfkit answers 500", { FAKE_VFKIT_FAULTS: "stop-500" }, "terminated"],
    ["vfkit closes the connection", { FAKE_VFKIT_FAULTS: "stop-eof" }, "terminated"],
    ["vfkit ignores SIGTERM too", { FAKE_VFKIT_FAULTS: "ignores-stop,ignores-sigterm" }, "killed"],
  ])("%s", async (_what, env, outcome) => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.with(env, FAST));
    const result = await machine.stop({ gracePeriodMs: 20_000 });
    expect(result.outcome).toBe(outcome);
    expect(result.durationMs).toBeGreaterThan(0);
    expect(await machine.getState()).toBe("Stopped");
    expect(await world.processes()).toEqual([]);
  });

  it("a vfkit that hangs altogether is ended", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.with({}, FAST));
    await world.kill("--restful-uri", "SIGSTOP");
    expect(await machine.stop({ gracePeriodMs: 5_000 })).toMatchObject({ outcome: "killed" });
    expect(await world.processes()).toEqual([]);
  });

  it("a helper that ignores SIGTERM is killed too", async () => {
    await using world = await openWorld();
    const env = { FAKE_HELPER_FAULTS: "ignores-sigterm" };
    const context = world.with(env, FAST);
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
    expect(await machine.stop()).toMatchObject({ outcome: "graceful" });
    expect(await world.processes()).toEqual([]);
    expect(world.events.findLast(({ type }) => type === "stop.helper.stopped")).toMatchObject({
      data: { outcome: "killed" },
    });
  });

  it("an abort ends the waiting; stopping again completes it", async () => {
    await using world = await openWorld();
    const env = { FAKE_VFKIT_FAULTS: "ignores-stop", FAKE_VFKIT_TERM_MS: "10" };
    const machine = await createMachine(world.options(), world.with(env));
    const controller = new AbortController();
    const requested = world.next("stop.requested");
    const stopping = machine.stop({ signal: controller.signal });
    await requested;
    controller.abort();
    await expect(stopping).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await machine.getState()).toBe("Running");
    expect(await machine.stop({ gracePeriodMs: 1 })).toMatchObject({ outcome: "terminated" });
  });

  it("what vfkit has started goes with it when it is killed, and its files do", async () => {
    await using world = await openWorld();
    const env = { FAKE_VFKIT_FAULTS: "child,ignores-stop,ignores-sigterm" };
    const machine = await createMachine(world.options(), world.with(env));
    expect(await world.processes()).toHaveLength(2);
    expect(await machine.kill()).toMatchObject({ outcome: "killed" });
    // And nobody has looked at it yet, which would tidy up as well.
    const files = await readdir(machine.directory);
    expect(files.filter((name) => /\.(?:pid|sock)$/.test(name))).toEqual([]);
    await vi.waitFor(async () => expect(await world.processes()).toEqual([]));
  });

  it("kill does not ask", async () => {
    await using world = await openWorld();
    const env = { FAKE_VFKIT_FAULTS: "ignores-stop,ignores-sigterm" };
    const machine = await createMachine(world.options(), world.with(env));
    expect(await machine.kill()).toMatchObject({ outcome: "killed" });
    expect(world.eventTypes()).not.toContain("stop.requested");
    expect(await world.processes()).toEqual([]);
  });
});
