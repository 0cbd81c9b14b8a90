import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The command line that runs the pinned pnpm: the one on PATH where there is one, else through npx. */
export function pnpmCommand(...args) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, "pnpm")))) return ["pnpm", ...args];
  const root = join(import.meta.dirname, "..", "package.json");
  const { packageManager } = JSON.parse(readFileSync(root, "utf8"));
  return ["npx", "-y", packageManager, ...args];
}
