import { describe, inject, test } from "vitest";
import { NEWEST, type Version } from "./versions.js";

/** A vfkit to be held to. */
export interface BuiltProgram {
  readonly version: Version;
  readonly path: string;
}

/** Describes `what` once for each version of vfkit; where that could not be built, the title says why. */
export function describeEachVersion(what: string, define: (program: BuiltProgram) => void): void {
  for (const { version, path, missing } of inject("programs")) {
    const title = `${what}: vfkit ${version}`;
    if (path === undefined) test.skip(`${title} (skipped: ${missing})`);
    else describe(title, () => define({ version, path }));
  }
}

/** The newest vfkit; when that one could not be built, `other`. */
export function newestOr(other: BuiltProgram): BuiltProgram {
  const path = inject("programs").find(({ version }) => version === NEWEST)?.path;
  return path === undefined ? other : { version: NEWEST, path };
}
