import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
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
    timeout: 100_000,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
}

/** A directory of its own, removed by `dispose`. @param parent default: that for temporary files */
export function scratch(parent: string = tmpdir()): {
  readonly path: string;
  [Symbol.dispose](): void;
} {
  const path = mkdtempSync(join(parent, "iso-extract-"));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Where files live in memory, if there is such a place: Linux. */
export function memoryDirectory(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch (error) {
    if (["ENOENT", "EACCES", "EROFS"].includes((error as { code?: string }).code ?? ""))
      return undefined;
    throw error;
  }
}
