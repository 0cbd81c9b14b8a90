import { fileURLToPath } from "node:url";
import { assertSuccess, createHost, findExecutable, lastLines } from "@vfkit-machine/host";
import type { TestProject } from "vitest/node";
import { NEWEST, VERSIONS, type Version } from "./versions.js";

/** `program/` built with one version of vfkit, or why it could not be. */
export interface Program {
  readonly version: Version;
  readonly path?: string;
  readonly missing?: string;
}

declare module "vitest" {
  interface ProvidedContext {
    programs: readonly Program[];
  }
}

const SOURCE = fileURLToPath(new URL("../../program", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache", import.meta.url));
/** Fetching the modules and compiling them and Go's library, on a small computer. Warm: 0.1 s. */
const BUILD_TIMEOUT_MS = 4 * 60_000;

/**
 * vitest's global setup: builds what can be built, with Go's own cache. `VFKIT_CONTRACT=required` makes
 * what cannot be built an error instead of skipped tests.
 */
export async function setup(project: TestProject): Promise<void> {
  const host = createHost();
  const programs: Program[] = [];
  const isRequired = host.env["VFKIT_CONTRACT"] === "required";
  const hasGo = (await findExecutable(host, "go")) !== undefined;
  if (!hasGo && isRequired) throw new Error("VFKIT_CONTRACT=required, and no go on PATH");
  for (const version of VERSIONS) {
    if (!hasGo) {
      programs.push({ version, missing: "no go on PATH" });
      continue;
    }
    const path = `${CACHE}/vfkit-${version}`;
    const mod = version === NEWEST ? "go.mod" : `vfkit-${version}.mod`;
    const args = ["build", "-buildvcs=false", "-trimpath", "-tags=nomsgpack", `-modfile=${mod}`];
    try {
      const result = await host.runner.run("go", [...args, "-o", path, "."], {
        cwd: SOURCE,
        env: { ...host.env, CGO_ENABLED: "0" },
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      assertSuccess(result);
      programs.push({ version, path });
    } catch (error) {
      // Where the tests must run, as on CI, nobody would miss the skipped ones.
      if (isRequired) throw error;
      programs.push({
        version,
        missing: `go build: ${lastLines(String(error), 1).join("").trim()}`,
      });
    }
  }
  project.provide("programs", programs);
}
