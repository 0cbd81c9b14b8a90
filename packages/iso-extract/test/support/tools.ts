import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Is there such a program on PATH? Tests that need one say so in their title and skip without it. */
export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Runs a program; its stderr is in the error when it fails. */
export function run(program: string, ...args: string[]): void {
  execFileSync(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
}

/** A directory of its own, removed by `dispose`. */
export function scratch(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "iso-extract-"));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
