import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** `name` in every package and app that has it, and in the workspaces that stand alone. */
export function globSync(name) {
  const inFolders = ["packages", "apps"].flatMap((folder) =>
    readdirSync(folder).map((entry) => join(folder, entry, name)),
  );
  return [...inFolders, ...["contract", "examples"].map((folder) => join(folder, name))].filter(
    (path) => existsSync(path),
  );
}
