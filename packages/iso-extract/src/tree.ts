import { MAXIMUM_SYMLINKS } from "./defaults.js";
import { DirectoryCursor } from "./cursor.js";
import type { Entry } from "./entry.js";
import { entryNotFound, invalidArgument, malformed, quote, wrongType } from "./errors.js";
import type { Image } from "./image.js";
import { closeNames, foldName, isUnsafeName, splitPath } from "./names.js";
import type { TreeFormat } from "./record.js";
import type { IsoOptions } from "./types.js";

/** Names looked at to make the hint of an `ERR_ISO_ENTRY_NOT_FOUND`. */
const HINT_CANDIDATES = 2000;
const HINT_NAMES = 12;

/** The tree that an opened image is read by. */
export interface Tree {
  readonly image: Image;
  readonly format: TreeFormat;
  readonly root: Entry;
}

/** Counts what an operation has read and tells its caller. */
export class ProgressCounter {
  entries = 0;
  doneBytes = 0;
  readonly #options: IsoOptions;
  readonly #totalBytes: number | undefined;

  constructor(options: IsoOptions, totalBytes?: number) {
    this.#options = options;
    this.#totalBytes = totalBytes;
  }

  report(path: string, addedBytes: number): void {
    this.doneBytes += addedBytes;
    this.#options.onProgress?.({
      path,
      doneBytes: this.doneBytes,
      totalBytes: this.#totalBytes,
      entries: this.entries,
    });
  }
}

/**
 * Finds what `path` names: exact names first, then without regard to case, version number and
 * trailing dots. Symbolic links on the way are followed inside the image, as in a chroot.
 *
 * @throws MachineError `ERR_ISO_ENTRY_NOT_FOUND`, `ERR_ISO_WRONG_TYPE`, `ERR_ISO_INVALID_ARGUMENT`
 */
export async function resolvePath(
  tree: Tree,
  path: string,
  options: IsoOptions & { readonly followSymlink: boolean },
): Promise<Entry> {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalidArgument(`a path inside an image cannot be ${JSON.stringify(path)}`);
  }
  const { image, root } = tree;
  const progress = new ProgressCounter(options);
  const parts = splitPath(path).toReversed();
  const above: Entry[] = [root];
  let followed = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const directory = above.at(-1) ?? root;
    if (part === "..") {
      if (above.length > 1) above.pop();
      continue;
    }
    if (directory.type !== "directory") {
      throw wrongType(image.name, directory.path, directory.type, "directory");
    }
    const found = await findChild(tree, directory, part, progress, options);
    if (found === undefined) throw await notFound(tree, path, directory, part, options.signal);
    if (found.type === "symlink" && (parts.length > 0 || options.followSymlink)) {
      followed += 1;
      if (followed > MAXIMUM_SYMLINKS) {
        throw malformed(
          image.name,
          `${quote(path)} leads through more than ${MAXIMUM_SYMLINKS} symbolic links`,
        );
      }
      const target = found.linkTarget ?? "";
      if (target.startsWith("/")) above.length = 1;
      parts.push(...splitPath(target).toReversed());
      continue;
    }
    above.push(found);
  }
  return above.at(-1) ?? root;
}

async function findChild(
  tree: Tree,
  directory: Entry,
  wanted: string,
  progress: ProgressCounter,
  options: IsoOptions,
): Promise<Entry | undefined> {
  const folded = foldName(wanted);
  const cursor = new DirectoryCursor(tree.image, tree.format, directory, true);
  let loose: Entry | undefined;
  for (;;) {
    const entries = await cursor.read(options.signal);
    if (entries === undefined) return loose;
    for (const entry of entries) {
      progress.entries += 1;
      // A part of a path is never an unsafe name, so that none can match exactly.
      if (entry.name === wanted || entry.identifier === wanted) {
        progress.report(directory.path, cursor.takeBytesRead());
        return entry;
      }
      if (loose === undefined && foldName(entry.name) === folded && !isUnsafeName(entry.name)) {
        loose = entry;
      }
    }
    progress.report(directory.path, cursor.takeBytesRead());
  }
}

async function notFound(
  tree: Tree,
  path: string,
  directory: Entry,
  wanted: string,
  signal: AbortSignal | undefined,
): Promise<Error> {
  const names: string[] = [];
  const cursor = new DirectoryCursor(tree.image, tree.format, directory, true);
  while (names.length < HINT_CANDIDATES) {
    const entries = await cursor.read(signal);
    if (entries === undefined) break;
    names.push(...entries.map(({ name }) => name));
  }
  const close = closeNames(wanted, names);
  const meant =
    close.length === 0 ? "" : `Did you mean ${close.map((name) => quote(name)).join(" or ")}? `;
  const shown = names.slice(0, HINT_NAMES).map((name) => quote(name));
  if (names.length > shown.length) shown.push("...");
  const holds = shown.length === 0 ? "is empty" : `holds ${shown.join(", ")}`;
  return entryNotFound(tree.image.name, path, `${meant}${quote(directory.path)} ${holds}.`);
}
