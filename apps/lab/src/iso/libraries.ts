import { MachineError } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readNeeded } from "./elf.js";
import type { GuestRecipe } from "./recipe.js";

/**
 * Where a program of the unpacked packages has its libraries, those that libraries need among them.
 * Read from the files: they may be of a computer whose programs do not run here.
 *
 * @param source path in the packages
 * @returns paths outside, without the loader and without what sudo keeps in a place of its own
 * @throws MachineError `ERR_LAB_GUEST_INCOMPLETE`
 */
export async function neededLibraries(
  recipe: GuestRecipe,
  unpacked: string,
  source: string,
): Promise<string[]> {
  const found = new Map<string, string>([[basename(recipe.loader), ""]]);
  const unread = [join(unpacked, source)];
  for (let path = unread.pop(); path !== undefined; path = unread.pop()) {
    for (const name of readNeeded(await readFile(path))) {
      if (found.has(name)) continue;
      const library = findLibrary(recipe, unpacked, name);
      if (library === undefined) {
        throw new MachineError(`${source} needs ${name}, which no unpacked package has`, {
          code: "ERR_LAB_GUEST_INCOMPLETE",
        });
      }
      found.set(name, library);
      unread.push(library);
    }
  }
  // sudo's own library keeps the place that is compiled into sudo.
  return [...found.values()].filter((path) => path !== "" && !path.includes("/sudo/"));
}

function findLibrary({ triplet }: GuestRecipe, unpacked: string, name: string): string | undefined {
  return [`/lib/${triplet}`, `/usr/lib/${triplet}`, "/usr/libexec/sudo", "/usr/lib/sudo"]
    .map((directory) => join(unpacked, directory, name))
    .find((path) => existsSync(path));
}
