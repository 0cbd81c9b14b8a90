import { mkdir, open, readdir, rename, symlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { isMachineError, MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { assertInsideImage } from "./content.js";
import { CopyBuffers, copyContent } from "./copy-content.js";
import type { Entry } from "./entry.js";
import { limitExceeded, malformed, quote, unsafePath } from "./errors.js";
import {
  finishDirectory,
  foldsNames,
  KeptTime,
  OWNER_DIRECTORY,
  PERMISSIONS,
} from "./extracted-directories.js";
import { splitPath } from "./names.js";
import { foldLinks, foldPath, leadsOutside } from "./symlink-scope.js";
import { ProgressCounter, type Tree } from "./tree.js";
import type { ExtractTreeOptions, ExtractTreeResult } from "./types.js";
import { Walker } from "./walker.js";
import { asideName, discard, writeFailed } from "./write-aside.js";

const OWNER_FILE = 0o600;

/** Extracts all that is below `top` into a new directory, which appears whole or not at all. */
export async function extractTree(
  tree: Tree,
  top: Entry,
  destination: string,
  options: ExtractTreeOptions,
): Promise<ExtractTreeResult> {
  tree.image.assertNotAborted(options.signal);
  await assertFree(destination);
  const aside = asideName(destination);
  try {
    await mkdir(aside, { mode: OWNER_DIRECTORY });
    try {
      const extraction = new TreeExtraction(tree, top, aside, options);
      const result = await extraction.run();
      tree.image.assertNotAborted(options.signal);
      await rename(aside, destination);
      return result;
    } catch (error) {
      await discard(aside, tree.image.logger);
      throw error;
    }
  } catch (error) {
    throw writeFailed(destination, error);
  }
}

class TreeExtraction {
  readonly #tree: Tree;
  readonly #top: Entry;
  readonly #aside: string;
  readonly #options: ExtractTreeOptions;
  readonly #progress: ProgressCounter;
  readonly #buffers = new CopyBuffers();
  /** Made at the end, so that nothing is ever written through one. */
  readonly #links = new Map<string, string>();
  /** The directories around what is being made, innermost last: only these are in memory. */
  readonly #around: { readonly path: string; readonly entry: Entry }[] = [];
  readonly #count = { files: 0, directories: 0, symlinks: 0, skipped: 0, sizeBytes: 0 };
  #linkBytes = 0;

  constructor(tree: Tree, top: Entry, aside: string, options: ExtractTreeOptions) {
    this.#tree = tree;
    this.#top = top;
    this.#aside = aside;
    this.#options = options;
    this.#progress = new ProgressCounter(options);
  }

  async run(): Promise<ExtractTreeResult> {
    const { signal } = this.#options;
    const walker = new Walker(this.#tree, async () => this.#top, true, { signal });
    for await (const entry of walker) {
      this.#progress.entries += 1;
      await this.#leaveDirectories(entry.path);
      await this.#make(entry);
    }
    await this.#leaveDirectories("");
    await this.#makeLinks();
    await finishDirectory(this.#aside, this.#top);
    return this.#count;
  }

  async #make(entry: Entry): Promise<void> {
    const path = this.#inside(entry.path);
    switch (entry.type) {
      case "directory":
        await once(this.#tree, entry, () => mkdir(path, { mode: OWNER_DIRECTORY }));
        this.#around.push({ path, entry });
        this.#count.directories += 1;
        break;
      case "file":
        await this.#makeFile(path, entry);
        break;
      case "symlink":
        this.#hold(entry);
        break;
      case "block-device":
      case "character-device":
      case "fifo":
      case "socket":
        this.#tree.image.logger?.info(`not extracted, a ${entry.type}`, { path: entry.path });
        this.#count.skipped += 1;
        break;
    }
  }

  async #makeFile(path: string, entry: Entry): Promise<void> {
    const { image } = this.#tree;
    this.#count.sizeBytes += entry.sizeBytes;
    if (this.#count.sizeBytes > image.limits.treeBytes) {
      throw limitExceeded(
        image.name,
        `its files up to ${quote(entry.path)} have ${this.#count.sizeBytes} bytes`,
        "treeBytes",
        image.limits.treeBytes,
      );
    }
    assertInsideImage(image, entry);
    const handle = await once(this.#tree, entry, () => open(path, "wx", OWNER_FILE));
    try {
      const { signal, sparse = false } = this.#options;
      const onChunk = (bytes: number): void => this.#progress.report(entry.path, bytes);
      await copyContent({ image, file: entry, handle, signal, sparse, onChunk }, this.#buffers);
      await handle.chmod(((entry.mode ?? 0o644) & PERMISSIONS) | OWNER_FILE);
      const { modifiedAt } = entry;
      if (modifiedAt !== undefined) await handle.utimes(modifiedAt, modifiedAt);
    } finally {
      await handle.close();
    }
    this.#count.files += 1;
    if (entry.sizeBytes === 0) this.#progress.report(entry.path, 0);
  }

  #hold(entry: Entry): void {
    const { image } = this.#tree;
    const target = entry.linkTarget ?? "";
    if (target === "" || target.includes("\0")) {
      throw malformed(image.name, `the symbolic link ${quote(entry.path)} has no usable target`);
    }
    const key = this.#key(entry.path);
    if (this.#links.has(key)) throw duplicate(this.#tree, entry);
    this.#linkBytes += target.length + key.length;
    if (this.#linkBytes > image.limits.symlinkBytes) {
      throw limitExceeded(
        image.name,
        "too many symbolic links",
        "symlinkBytes",
        image.limits.symlinkBytes,
      );
    }
    this.#links.set(key, target);
  }

  /** Finishes the directories that do not hold `path`: the walk comes back to none of them. */
  async #leaveDirectories(path: string): Promise<void> {
    for (let last = this.#around.at(-1); last !== undefined; last = this.#around.at(-1)) {
      if (path.startsWith(`${last.entry.path}/`)) return;
      this.#around.pop();
      // What is made in a directory changes its time: not before it is complete.
      await finishDirectory(last.path, last.entry);
    }
  }

  async #makeLinks(): Promise<void> {
    const { image } = this.#tree;
    const folded = (await foldsNames(this.#aside)) ? foldLinks(this.#links) : undefined;
    const around = new KeptTime();
    for (const [key, target] of this.#links) {
      image.assertNotAborted(this.#options.signal);
      const outside =
        leadsOutside(key, this.#links) ||
        (folded !== undefined && leadsOutside(foldPath(key), folded));
      if (outside) {
        if (this.#options.outsideSymlinks === "skip") {
          image.logger?.info("not extracted, a symbolic link that leads outside", { path: key });
          this.#count.skipped += 1;
          continue;
        }
        throw unsafePath(
          image.name,
          `the symbolic link ${quote(key)} leads outside the tree, to ${quote(target)}`,
        );
      }
      const path = join(this.#aside, ...splitPath(key));
      await around.enter(dirname(path));
      try {
        await symlink(target, path);
      } catch (error) {
        if (systemErrorCode(error) !== "EEXIST") throw error;
        throw malformed(image.name, `the name ${quote(key)} occurs twice`, error);
      }
      this.#count.symlinks += 1;
    }
    await around.leave();
  }

  /** The path from the top of what is extracted. */
  #key(path: string): string {
    return this.#top.path === "/" ? path : path.slice(this.#top.path.length);
  }

  #inside(path: string): string {
    const key = this.#key(path);
    // Elsewhere a backslash is a character like any other, and there are no drives or streams.
    if (sep === "\\" && /[\\:]/.test(key)) {
      throw unsafePath(this.#tree.image.name, `${quote(path)} cannot be a file name on Windows`);
    }
    return join(this.#aside, ...splitPath(key));
  }
}

/** Two entries may not have one place, be it by the same name or on a file system that folds case. */
async function once<T>(tree: Tree, entry: Entry, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    throw duplicate(tree, entry, error);
  }
}

function duplicate(tree: Tree, entry: Entry, cause?: unknown): MachineError {
  return malformed(
    tree.image.name,
    `the name ${quote(entry.path)} occurs twice, or the destination's file system does not tell it from another`,
    cause,
  );
}

/** An empty directory is replaced, anything else is not touched. */
async function assertFree(destination: string): Promise<void> {
  try {
    if ((await readdir(destination)).length === 0) return;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") return;
    if (code !== "ENOTDIR" || isMachineError(error)) throw writeFailed(destination, error);
  }
  throw new MachineError(`${destination} exists and is not an empty directory`, {
    code: "ERR_ISO_DESTINATION_EXISTS",
    hint: "Choose a directory that does not exist yet.",
  });
}
