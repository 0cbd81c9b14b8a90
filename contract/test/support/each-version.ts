import { describe, expect, inject, test } from "vitest";
import type { Program } from "./build-programs.js";
import { NEWEST, type Version } from "./versions.js";

/** A vfkit to be held to. */
export interface BuiltProgram {
  readonly version: Version;
  readonly path: string;
}

/** Describes `what` once for each version of vfkit; where that could not be built, the title says why. */
export function describeEachVersion(what: string, define: (program: BuiltProgram) => void): void {
  describeAll(what, inject("programs"), define);
}

/** The same for the newest version alone. */
export function describeNewest(what: string, define: (program: BuiltProgram) => void): void {
  const newest = inject("programs").filter(({ version }) => version === NEWEST);
  describeAll(what, newest, define);
}

function describeAll(
  what: string,
  programs: readonly Program[],
  define: (program: BuiltProgram) => void,
): void {
  for (const program of builtOf(programs)) {
    describe(`${what}: vfkit ${program.version}`, () => {
      define(program);
    });
  }
  const absent = programs.filter(({ path }) => path === undefined);
  for (const { version, missing } of absent) {
    const title = `${what}: vfkit ${version} (skipped: ${missing})`;
    test.skipIf(missing !== undefined)(title, () => expect(missing).toBeUndefined());
  }
}

/** Every vfkit that could be built, oldest first. */
export function builtPrograms(): readonly BuiltProgram[] {
  return builtOf(inject("programs"));
}

function builtOf(programs: readonly Program[]): BuiltProgram[] {
  return programs.flatMap(({ version, path }) => (path === undefined ? [] : [{ version, path }]));
}

/** The newest vfkit; when that one could not be built, `other`. */
export function newestOr(other: BuiltProgram): BuiltProgram {
  return builtPrograms().find(({ version }) => version === NEWEST) ?? other;
}
