import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/${name}/test/golden/`, import.meta.url));

/** The data that the plain tests of vfkit-config and vfkit-qemu hold their packages to, without Go. */
export const GOLDEN = {
  /** Command lines and what the newest vfkit makes of them: chosen by hand. */
  chosen: `${folder("vfkit-config")}vfkit-0.6.4.jsonl`,
  /** The same, found here. */
  found: `${folder("vfkit-config")}found-0.6.4.jsonl`,
  /** Command lines and the versions of vfkit that do not understand them. */
  versions: `${folder("vfkit-config")}versions.jsonl`,
  /** Requests and vfkit's replies. */
  rest: `${folder("vfkit-qemu")}rest-0.6.4.jsonl`,
} as const;

/** Every line but the first, which says what the rest was made with. */
export function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const [, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

export function writeLines(path: string, head: unknown, lines: readonly unknown[]): void {
  writeFileSync(path, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(""));
}
