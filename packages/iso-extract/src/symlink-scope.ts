import { MAXIMUM_SYMLINKS } from "./defaults.js";
import { splitPath } from "./names.js";

/**
 * The links of a tree as a file system tells names apart that ignores case and forms of Unicode, as
 * APFS does. Coarser than any of them: for `leadsOutside` beside the names as they are.
 */
export function foldLinks(links: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...links].map(([path, target]) => [foldPath(path), foldPath(target)]));
}

/** See {@link foldLinks}. */
export function foldPath(path: string): string {
  // Twice: upper case makes one of what lower case leaves apart, and the reverse.
  return path.normalize("NFD").toUpperCase().toLowerCase();
}

/**
 * Does the symbolic link at `path` lead outside the tree, if all links of the tree existed? Resolved
 * as a kernel would, link by link: looking at the text alone is not enough (`a -> .`, `b/c -> ../a/..`).
 * Links that loop, or that lead to nothing, stay inside.
 *
 * @param path from the root of the tree, with `/` first
 * @param links all links of the tree: path to target
 */
export function leadsOutside(path: string, links: ReadonlyMap<string, string>): boolean {
  const parts = splitPath(path).toReversed();
  const above: string[] = [];
  let followed = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part === "..") {
      if (above.length === 0) return true;
      above.pop();
      continue;
    }
    above.push(part);
    const target = links.get(`/${above.join("/")}`);
    if (target === undefined) continue;
    followed += 1;
    if (followed > MAXIMUM_SYMLINKS) return false;
    if (target.startsWith("/")) return true;
    above.pop();
    parts.push(...splitPath(target).toReversed());
  }
  return false;
}
