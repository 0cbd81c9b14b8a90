import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** `{ folder, manifest }` of every package that is published; `folder` is relative to the root. */
export function listPackages(root) {
  const script = join(root, "scripts/published.mjs");
  return JSON.parse(execFileSync(process.execPath, [script], { cwd: root, encoding: "utf8" }));
}
