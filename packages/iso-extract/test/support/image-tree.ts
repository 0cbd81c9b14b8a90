import { createHash } from "node:crypto";
import type { IsoImage } from "../../src/index.js";
import type { Item } from "./source-tree.js";

/** Everything in an image, each byte read, in the form of `readSourceTree`. */
export async function readImageTree(iso: IsoImage): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for await (const entry of iso.walk()) {
    const item = {
      mode: entry.mode ?? 0,
      modifiedSecond: Math.floor((entry.modifiedAt?.getTime() ?? 0) / 1000),
    };
    switch (entry.type) {
      case "directory":
        found.set(entry.path, { type: "directory", content: "", ...item });
        break;
      case "symlink":
        found.set(entry.path, { type: "symlink", content: entry.linkTarget ?? "", ...item });
        break;
      case "file": {
        const hash = createHash("sha256");
        for await (const chunk of iso.readStream(entry)) hash.update(chunk as Buffer);
        found.set(entry.path, { type: "file", content: hash.digest("hex"), ...item });
        break;
      }
      case "block-device":
      case "character-device":
      case "fifo":
      case "socket":
        found.set(entry.path, { type: "fifo", content: "", ...item });
    }
  }
  return found;
}

/** Without what an image cannot keep: all but types and contents. */
export function contents(tree: ReadonlyMap<string, Item>): Record<string, string> {
  return Object.fromEntries(
    [...tree]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, { type, content }]) => [path, `${type} ${content}`]),
  );
}

/** The contents of all files, for images that changed their names. */
export function fileContents(tree: ReadonlyMap<string, Item>): string[] {
  return [...tree.values()]
    .filter(({ type }) => type === "file")
    .map(({ content }) => content)
    .toSorted();
}
