import { expect, test } from "vitest";
import { describeState, illegalChangeMessage, isLegal, isStateChange } from "./states.js";

test.each([
  ["Stopped", ["canStart"]],
  ["Starting", []],
  ["Running", ["canHardStop", "canPause", "canStop"]],
  ["Pausing", []],
  ["Paused", ["canHardStop", "canResume"]],
  ["Resuming", []],
  ["Stopping", []],
  ["Error", ["canStart"]],
] as const)("%s allows %j", (state, allowed) => {
  const { state: name, ...can } = describeState(state);
  expect(name).toBe(`VirtualMachineState${state}`);
  expect(Object.entries(can).flatMap(([key, value]) => (value ? [key] : []))).toEqual(allowed);
});

test("the reply has its keys in vfkit's order", () => {
  expect(JSON.stringify(describeState("Stopped"))).toBe(
    '{"canHardStop":false,"canPause":false,"canResume":false,"canStart":true,"canStop":false,"state":"VirtualMachineStateStopped"}',
  );
});

test("changes are known by their exact names", () => {
  expect(["Stop", "HardStop", "Pause", "Resume"].every(isStateChange)).toBe(true);
  expect(["stop", "", "toString", "Start"].some(isStateChange)).toBe(false);
  expect(isLegal("Stop", "Paused")).toBe(false);
  expect(illegalChangeMessage("Stop", "Paused")).toContain("Stop is not possible in state");
});
