import { MachineError } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { UsageError } from "./exit-codes.js";
import { errorToJson, renderError } from "./render-error.js";
import type { Terminal } from "./terminal.js";

const plain: Terminal = {
  result: () => {},
  raw: () => {},
  note: () => {},
  interactive: false,
  colour: false,
  unicode: true,
  columns: 80,
  answers: false,
};

const error = new MachineError("cannot start c1", {
  code: "ERR_START_FAILED",
  cause: new MachineError("no lease", { code: "ERR_NO_LEASE", hint: "Look at the firewall." }),
});

describe("renderError", () => {
  it("shows message, cause and the nearest hint", () => {
    expect(renderError(plain, error, false)).toBe(
      "error: cannot start c1\n  because: no lease\nhint: Look at the firewall.",
    );
  });

  it("does not repeat a cause that the message quotes", () => {
    const quoting = new MachineError("cannot start: no lease", {
      code: "ERR_X",
      cause: new Error("no lease"),
    });
    expect(renderError(plain, quoting, false)).toBe("error: cannot start: no lease");
  });

  it("does not repeat what the system said of a path that the message names", () => {
    const cause = Object.assign(new Error("ENOENT: no such file or directory, open '/a/b'"), {
      code: "ENOENT",
      path: "/a/b",
    });
    const missing = new MachineError("there is no machine b: /a/b does not exist", {
      code: "ERR_MACHINE_NOT_FOUND",
      cause,
    });
    expect(renderError(plain, missing, false)).toBe(`error: ${missing.message}`);
  });

  it("points to --help after wrong usage, and shows the stack only when asked", () => {
    expect(renderError(plain, new UsageError("what?"), false)).toContain("vfm --help");
    expect(renderError(plain, error, false)).not.toMatch(/^ +at /m);
    expect(renderError(plain, error, true)).toMatch(/^ +at /m);
  });

  it("keeps a guest's escape sequences from the terminal", () => {
    expect(renderError(plain, new Error("panic \u001b]0;owned\u0007\u001b[2J"), false)).toBe(
      "error: panic ",
    );
  });

  it("says the same to machines", () => {
    expect(errorToJson(error)).toEqual({
      error: {
        code: "ERR_START_FAILED",
        message: "cannot start c1",
        hint: "Look at the firewall.",
        causes: ["no lease"],
      },
    });
  });
});
