import { describe, expect, it } from "vitest";
import { assertSuccess, commandFailedError, describeEnd, indent } from "../src/index.js";

const result = {
  argv: ["vfkit", "--device", "a b"],
  exitCode: 1,
  signal: undefined,
  stdout: "",
  stderr: "",
};

describe("commandFailedError", () => {
  it("says what ran, how it ended, and the end of its stderr without control characters", () => {
    const stderr = `${Array.from({ length: 12 }, (_, i) => `line ${i}`).join("\n")}\n\u001b[31mbad\u001b[0m\n`;
    const error = commandFailedError({ ...result, stderr }, { hint: "look" });
    expect(error).toMatchObject({ code: "ERR_COMMAND_FAILED", hint: "look" });
    const lines = error.message.split("\n");
    expect(lines[0]).toBe("vfkit --device 'a b' exited with code 1:");
    expect(lines.slice(1)).toHaveLength(10);
    expect(lines.at(-1)).toBe("  bad");
  });

  it("falls back to stdout, and says when there is nothing", () => {
    expect(commandFailedError({ ...result, stderr: " \n", stdout: "why\n" }).message).toBe(
      "vfkit --device 'a b' exited with code 1:\n  why",
    );
    expect(commandFailedError(result).message).toBe(
      "vfkit --device 'a b' exited with code 1 and printed nothing",
    );
  });

  it("takes another code", () => {
    expect(commandFailedError(result, { code: "ERR_MINE" }).code).toBe("ERR_MINE");
  });
});

describe("describeEnd", () => {
  it("tells an exit from a signal", () => {
    expect(describeEnd({ exitCode: 3, signal: undefined })).toBe("exited with code 3");
    expect(describeEnd({ exitCode: undefined, signal: "SIGKILL" })).toBe("was ended by SIGKILL");
  });
});

describe("assertSuccess", () => {
  it("hands a success on and throws the rest", () => {
    const success = { ...result, exitCode: 0 };
    expect(assertSuccess(success)).toBe(success);
    expect(() => assertSuccess(result)).toThrow("exited with code 1");
    const killed = { ...result, exitCode: undefined, signal: "SIGTERM" };
    expect(() => assertSuccess(killed)).toThrow("was ended by SIGTERM");
  });
});

describe("indent", () => {
  it("puts two spaces before each line", () => {
    expect(indent(["a", "b"])).toBe("  a\n  b");
  });
});
