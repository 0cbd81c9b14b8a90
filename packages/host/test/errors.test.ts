import { describe, expect, it } from "vitest";
import {
  abortedError,
  isMachineError,
  MachineError,
  systemErrorCode,
  timeoutError,
} from "../src/index.js";

describe("MachineError", () => {
  it("carries code, hint and cause, and no cause where there is none", () => {
    const cause = new Error("why");
    const error = new MachineError("what", { code: "ERR_X", hint: "do this", cause });
    expect(error).toMatchObject({ name: "MachineError", code: "ERR_X", hint: "do this", cause });
    expect("cause" in new MachineError("what", { code: "ERR_X" })).toBe(false);
  });

  it("has the errors of another copy of this package as instances, and what extends it only its own", () => {
    class Special extends MachineError {}
    const foreign = Object.assign(new Error("what"), { name: "MachineError", code: "ERR_X" });
    expect(foreign).toBeInstanceOf(MachineError);
    expect(foreign).not.toBeInstanceOf(Special);
    expect(new Special("what", { code: "ERR_X" })).toBeInstanceOf(Special);
    expect(new Special("what", { code: "ERR_X" })).toBeInstanceOf(MachineError);
    expect(new Error("what")).not.toBeInstanceOf(MachineError);
    expect({ name: "MachineError", code: "ERR_X" }).not.toBeInstanceOf(MachineError);
  });
});

describe("isMachineError", () => {
  it("asks for the class, and for one of the codes when some are given", () => {
    const error = new MachineError("what", { code: "ERR_X" });
    expect(isMachineError(error)).toBe(true);
    expect(isMachineError(error, "ERR_Y", "ERR_X")).toBe(true);
    expect(isMachineError(error, "ERR_Y")).toBe(false);
    for (const other of [new Error("x"), "ERR_X", undefined, null, { code: "ERR_X" }]) {
      expect(isMachineError(other, "ERR_X")).toBe(false);
    }
  });

  it("knows the errors of another copy of this package", () => {
    const foreign = Object.assign(new Error("what"), { name: "MachineError", code: "ERR_X" });
    expect(isMachineError(foreign, "ERR_X")).toBe(true);
  });
});

describe("systemErrorCode", () => {
  it("is the code of a system error and of nothing else", () => {
    expect(systemErrorCode(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe("ENOENT");
    expect(systemErrorCode(Object.assign(new Error("x"), { code: 7 }))).toBeUndefined();
    expect(systemErrorCode(new Error("x"))).toBeUndefined();
    expect(systemErrorCode({ code: "ENOENT" })).toBeUndefined();
  });
});

describe("timeoutError and abortedError", () => {
  it.each([
    [0, "0 ms"],
    [488.63167, "489 ms"],
    [999.7, "1 s"],
    [1000, "1 s"],
    [2250, "2.3 s"],
    [300_000, "300 s"],
  ])("say %d ms as %s", (ms, said) => {
    expect(timeoutError("waiting", ms).message).toBe(`waiting: gave up after ${said}`);
  });

  it("are told apart by their codes, and an abort keeps its reason", () => {
    expect(timeoutError("waiting", 1, "hurry").hint).toBe("hurry");
    expect(timeoutError("waiting", 1).code).toBe("ERR_TIMEOUT");
    const reason = new Error("the user left");
    const aborted = abortedError("waiting", AbortSignal.abort(reason));
    expect(aborted).toMatchObject({ code: "ERR_ABORTED", message: "waiting: aborted" });
    expect(aborted.cause).toBe(reason);
  });
});
