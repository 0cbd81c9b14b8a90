import { describe, expect, it } from "vitest";
import { decideState, type StateFacts } from "./decide-state.js";

const GONE: StateFacts = { alive: false, rest: undefined, inProgress: undefined, ageMs: undefined };
const LIVE: StateFacts = { alive: true, rest: "Running", inProgress: undefined, ageMs: 60_000 };

describe("decideState", () => {
  it.each<[string, StateFacts, string]>([
    ["no process", GONE, "Stopped"],
    ["no process yet", { ...GONE, inProgress: "start" }, "Starting"],
    ["no process any more", { ...GONE, inProgress: "stop" }, "Stopped"],
    ["it runs", LIVE, "Running"],
    ["it runs, and somebody stops it", { ...LIVE, inProgress: "stop" }, "Stopping"],
    ["it runs, and its start goes on", { ...LIVE, inProgress: "start" }, "Running"],
    ["it pauses", { ...LIVE, rest: "Pausing" }, "Running"],
    ["it is paused", { ...LIVE, rest: "Paused" }, "Paused"],
    ["it resumes", { ...LIVE, rest: "Resuming" }, "Paused"],
    ["it is saved", { ...LIVE, rest: "Saving" }, "Paused"],
    ["it starts", { ...LIVE, rest: "Starting" }, "Starting"],
    ["it is restored", { ...LIVE, rest: "Restoring" }, "Starting"],
    ["it stops", { ...LIVE, rest: "Stopping" }, "Stopping"],
    ["it failed", { ...LIVE, rest: "Error" }, "Error"],
    ["REST is up before the machine", { ...LIVE, rest: "Stopped", ageMs: 100 }, "Starting"],
    ["REST outlives the machine", { ...LIVE, rest: "Stopped" }, "Stopping"],
    ["silent, and young", { ...LIVE, rest: undefined, ageMs: 100 }, "Starting"],
    ["silent, while it is started", { ...LIVE, rest: undefined, inProgress: "start" }, "Starting"],
    ["silent, and old enough to know better", { ...LIVE, rest: undefined }, "Error"],
    ["silent, of unknown age", { ...LIVE, rest: undefined, ageMs: undefined }, "Error"],
    ["silent, the clock set back", { ...LIVE, rest: undefined, ageMs: -5_000 }, "Error"],
    ["a word of the future", { ...LIVE, rest: "Unknown" }, "Running"],
  ])("%s", (_what, facts, state) => {
    expect(decideState(facts)).toBe(state);
  });
});
