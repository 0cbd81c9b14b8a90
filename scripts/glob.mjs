import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** `name` in every package and app that has it. */
export function globSync(name) {
  return ["packages", "apps"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((entry) => join(folder, entry, name)))
    .filter((path) => existsSync(path));
}
