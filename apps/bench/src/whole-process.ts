import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Is there such a program on PATH? */
export function has(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}

/** Runs a program to its end; its output is thrown away. @throws Error when it fails */
export function runWhole(file: string, args: readonly string[], cwd?: string): void {
  const stdio = ["ignore", "ignore", "pipe"] as const;
  const result = spawnSync(file, args, {
    stdio: [...stdio],
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (result.status === 0) return;
  throw new Error(
    `${file} ${args.join(" ")}: ${result.error?.message ?? result.stderr.toString()}`,
  );
}

/** Runs one of our programs in `children` as {@link runWhole} runs the others'. */
export function runOurs(name: string, args: readonly string[]): void {
  runWhole(process.execPath, [scriptOf(name), ...args]);
}

/** Runs one of our programs in `children` and returns what it prints. */
export function readOurs(name: string, args: readonly string[]): string {
  const result = spawnSync(process.execPath, [scriptOf(name), ...args], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`${name}: ${result.stderr}`);
  return result.stdout;
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(`./children/${name}.js`, import.meta.url));
}
