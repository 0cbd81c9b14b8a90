import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Everything that runs on a user's computer, by its place in the repository. */
const SOURCES = [
  "apps/cli/src",
  ...readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}/src`),
].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `${directory}/${name}`),
);

const found = (pattern: RegExp): string[] =>
  SOURCES.filter((path) => pattern.test(readFileSync(join(ROOT, path), "utf8")));

describe("no shell ever gets a string that was put together", () => {
  it("nothing asks Node.js or execa for a shell", () => {
    expect(SOURCES.length).toBeGreaterThan(150);
    expect(found(/\bshell:\s*(?:true|["'`])/)).toEqual([]);
    expect(
      found(
        /\b(?:exec|execSync|execCommand|execaCommand)\b[^;]*from "(?:node:child_process|execa)"/,
      ),
    ).toEqual([]);
    expect(found(/from "execa"/)).toEqual(["packages/host/src/execa-runner.ts"]);
  });

  it("where a shell is run, its script is a constant, and what varies are its arguments", () => {
    const scripts = {
      // A process group in the terminal's session: only a shell's job control makes one.
      "packages/host/src/terminal-daemon.ts": /const LAUNCHER = `([^`]*)`/,
      // Linux only: a parent that dies takes its child along.
      "packages/vfkit-qemu/src/supervised.ts": /onlyUnderParent = ["'`](.*)["'`];/,
    };
    expect(found(/["']-c["']/)).toEqual(Object.keys(scripts));
    for (const [path, pattern] of Object.entries(scripts)) {
      const [, script = ""] = pattern.exec(readFileSync(join(ROOT, path), "utf8")) ?? [];
      expect([path, script.length > 20]).toEqual([path, true]);
      expect([path, script]).toEqual([path, expect.not.stringContaining("${")]);
    }
  });
});
