import { MachineError } from "@vfkit-machine/host";
import { expect, it } from "vitest";
import { exitCodeOf, UsageError } from "./exit-codes.js";

it.each([
  [new UsageError("x"), 2],
  [new MachineError("x", { code: "ERR_CHECK_NO_VFKIT" }), 3],
  [new MachineError("x", { code: "ERR_MACHINE_NOT_FOUND" }), 4],
  [new MachineError("x", { code: "ERR_MACHINE_BUSY" }), 5],
  [new MachineError("x", { code: "ERR_ANYTHING_ELSE" }), 1],
  [new TypeError("a bug"), 1],
])("%o exits with %i", (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});
