import { readTree } from "@vfkit-machine/host";
import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  open,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { lstatSync } from "node:fs";

/** What a tree holds at one path, for comparing. */
export interface Item {
  readonly type: "file" | "directory" | "symlink" | "fifo";
  /** SHA-256 of the content, or the target of the link. */
  readonly content: string;
  readonly mode: number;
  readonly modifiedSecond: number;
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Bytes that look random and are always the same. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed | 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** Files of all the sizes and names that mastering tools treat differently. */
export async function makeSourceTree(root: string): Promise<void> {
  const file = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  await file("boot/bzimage", noise(300_000, 1));
  await file("boot/initrd", noise(123_457, 2));
  await file("sizes/empty", "");
  for (const size of [1, 2047, 2048, 2049, 65_536])
    await file(`sizes/s${size}.bin`, noise(size, size));
  await file("names/With Spaces.and.dots.txt", "spaces");
  await file("names/ünïcødé-日本語.txt", "unicode");
  await file("names/.hidden", "dot");
  await file("names/no-extension", "plain");
  await file(`names/${"long-".repeat(40)}name.txt`, "a name in several parts");
  await file(`names/${"日本語-".repeat(20)}x`, "characters split between parts");
  await file("1/2/3/4/5/6/7/8/9/10/11/deep.txt", "below what ISO 9660 allows");
  await file("1/2/3/4/5/6/7/beside.txt", "beside a relocated directory");
  for (let index = 0; index < 300; index += 1)
    await file(`many/file-${index}.dat`, `content ${index}`);
  await chmod(join(root, "boot/bzimage"), 0o750);
  await mkdir(join(root, "links"));
  await symlink("../boot/bzimage", join(root, "links/up"));
  await symlink("up", join(root, "links/again"));
  await symlink("../boot", join(root, "links/directory"));
  await symlink("./../links/./again", join(root, "links/dots"));
  await symlink(`${"a-long-component/".repeat(30)}end`, join(root, "links/long"));
  await symlink(`../${"x".repeat(240)}`, join(root, "links/wide"));
  await utimes(join(root, "boot/initrd"), 1_600_000_001, 1_600_000_002);
}

/** A file of `sizeBytes` with a few bytes of data and holes for the rest. */
export async function makeSparseFile(
  path: string,
  sizeBytes: number,
  data: readonly { readonly at: number; readonly bytes: Buffer }[],
): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.truncate(sizeBytes);
    for (const { at, bytes } of data) await handle.write(bytes, 0, bytes.length, at);
  } finally {
    await handle.close();
  }
}

export function makeFifo(path: string): void {
  execFileSync("mkfifo", [path]);
}

/** Every path below `root`, with `/` first, and what is there. */
export async function readSourceTree(root: string): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  const entries = await readTree(root);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const status = lstatSync(path);
    const item = { mode: status.mode & 0o7777, modifiedSecond: Math.floor(status.mtimeMs / 1000) };
    const key = path.slice(root.length);
    if (entry.isDirectory()) found.set(key, { type: "directory", content: "", ...item });
    else if (entry.isSymbolicLink()) {
      found.set(key, { type: "symlink", content: await readlink(path), ...item });
    } else if (entry.isFIFO()) found.set(key, { type: "fifo", content: "", ...item });
    else found.set(key, { type: "file", content: sha256(await readFile(path)), ...item });
  }
  return found;
}
