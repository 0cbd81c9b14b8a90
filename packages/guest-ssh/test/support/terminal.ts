import { createHost } from "@vfkit-machine/host";
import { join } from "node:path";
import type { OpenShellOptions, SshTarget } from "../../src/index.js";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

/**
 * Runs a program that calls `openShell` on a terminal of its own.
 *
 * @param steps what to wait for, and what to type then
 * @returns all that the terminal showed, and "exit code N"
 */
export async function openShellOnTerminal(
  target: SshTarget,
  steps: readonly (readonly [expected: string, typed: string])[],
  options: OpenShellOptions = {},
): Promise<string> {
  const { stdout, stderr } = await createHost().runner.run("python3", [
    join(FIXTURES, "on-terminal.py"),
    JSON.stringify(steps),
    process.execPath,
    join(FIXTURES, "open-shell.mjs"),
    JSON.stringify(target),
    JSON.stringify(options),
  ]);
  return stderr + stdout;
}
