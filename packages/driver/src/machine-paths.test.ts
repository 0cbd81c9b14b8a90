import { expect, it } from "vitest";
import { leftoverOf } from "./machine-paths.js";

it.each([
  [".c1.creating", "c1"],
  [".a.b-c.removing", "a.b-c"],
  // What is swept is deleted: nothing but what can be ours.
  [".c1.copying", undefined],
  ["c1.creating", undefined],
  [".my notes.removing", undefined],
  ["....removing", undefined],
])("%j is what a creation or removal left of %j", (entry, machine) => {
  expect(leftoverOf(entry)).toBe(machine);
});
