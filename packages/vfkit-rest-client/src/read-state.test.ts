import { isMachineError } from "@vfkit-machine/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readErrorMessage, readInspect, readState } from "./read-state.js";

describe("readState", () => {
  test("reads vfkit's answer", () => {
    const body =
      '{"canHardStop":true,"canPause":true,"canResume":false,"canStart":false,"canStop":true,"state":"VirtualMachineStateRunning"}';
    expect(readState(body)).toEqual({
      state: "Running",
      raw: "VirtualMachineStateRunning",
      canStart: false,
      canPause: true,
      canResume: false,
      canStop: true,
      canHardStop: true,
    });
  });

  test.each([
    "Stopped",
    "Running",
    "Paused",
    "Error",
    "Starting",
    "Pausing",
    "Resuming",
    "Stopping",
    "Saving",
    "Restoring",
  ])("knows %s in every spelling", (state) => {
    const long = `VirtualMachineState${state}`;
    for (const body of [long, state, state.toLowerCase(), `${state}\n`, JSON.stringify(state)]) {
      expect(readState(body).state).toBe(state);
    }
    expect(readState(JSON.stringify({ state: state.toLowerCase() })).state).toBe(state);
  });

  test("reads krunkit, which says only the state and ends in a NUL byte", () => {
    expect(readState('{"state":"VirtualMachineStateRunning"}\0')).toEqual({
      state: "Running",
      raw: "VirtualMachineStateRunning",
    });
  });

  test("passes on a state that nobody knew when this was written", () => {
    expect(readState('{"state":"VirtualMachineStateHibernating"}')).toEqual({
      state: "Unknown",
      raw: "VirtualMachineStateHibernating",
    });
    expect(readState("hibernating")).toEqual({ state: "Unknown", raw: "hibernating" });
  });

  test("leaves abilities out that are not true or false", () => {
    expect(readState('{"state":"Paused","canStop":"yes","canPause":false}')).toEqual({
      state: "Paused",
      raw: "Paused",
      canPause: false,
    });
  });

  test.each([
    "",
    "\0",
    "{}",
    '{"state":5}',
    '{"state":""}',
    '""',
    "[]",
    "null",
    "<html></html>",
    "not running",
    '{"state":"Running"',
    "{}{}",
  ])("refuses %j", (body) => {
    expect(() => readState(body)).toThrow(
      expect.objectContaining({ code: "ERR_VFKIT_BAD_RESPONSE" }),
    );
  });

  test("shows the start of what it refuses, without control characters", () => {
    expect(() => readState(`<\u001b[31mb>${"x".repeat(1000)}`)).toThrow(
      /the answer to \/vm\/state has no state: "<b>x{1,200}"\.\.\.$/,
    );
  });

  test("reads or refuses every text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (body) => {
        expect(readOrRefuse(() => readState(body).raw)).not.toBe("");
        expect(readOrRefuse(() => readInspect(body))).toBeDefined();
      }),
    );
  });

  test("is not brought down by deep nesting", () => {
    expect(() => readState("[".repeat(1_000_000))).toThrow("the answer to /vm/state has no state");
  });
});

test("readInspect takes an object and nothing else", () => {
  expect(readInspect('{"vcpus":2}\0')).toEqual({ vcpus: 2 });
  for (const body of ["", "[]", "null", "5", "running"]) {
    expect(() => readInspect(body)).toThrow("the answer to /vm/inspect is not a JSON object");
  }
});

test("readErrorMessage finds vfkit's message", () => {
  expect(readErrorMessage('{"error":"no"}')).toBe("no");
  for (const body of ["", "no", '{"error":5}', "[]", "null"]) {
    expect(readErrorMessage(body)).toBeUndefined();
  }
});

function readOrRefuse(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_BAD_RESPONSE")) return "refused";
    throw error;
  }
}
