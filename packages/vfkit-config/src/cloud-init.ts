import { posix } from "node:path";
import { configError, quote } from "./errors.js";
import { quoteItem } from "./quoted-list.js";
import type { CloudInit } from "./types.js";

/** The file name by which vfkit knows each file, in the order of the command line. */
const NAMES = {
  userDataPath: "user-data",
  metaDataPath: "meta-data",
  networkConfigPath: "network-config",
} as const satisfies Record<keyof CloudInit, string>;

const KEYS = Object.keys(NAMES) as (keyof CloudInit)[];

/** Sorts the items of `--cloud-init` by their file names; the last of a name counts. */
export function parseCloudInit(items: readonly string[]): {
  readonly cloudInit: CloudInit;
  /** Files that vfkit opens and then leaves out. */
  readonly ignored: readonly string[];
} {
  const cloudInit: { -readonly [K in keyof CloudInit]: CloudInit[K] } = {};
  const ignored: string[] = [];
  for (const path of items.filter((item) => item !== "")) {
    const key = KEYS.find((candidate) => hasName(path, NAMES[candidate]));
    if (key === undefined) ignored.push(path);
    else cloudInit[key] = path;
  }
  return { cloudInit, ignored };
}

/** @throws MachineError `ERR_VFKIT_CONFIG` */
export function cloudInitArgv(cloudInit: CloudInit): string[] {
  const items = KEYS.flatMap((key) => {
    const path = cloudInit[key];
    return path === undefined ? [] : [quoteItem(path) ?? refuse(path)];
  });
  return ["--cloud-init", items.join(",")];
}

/** The first path that does not end in the name by which vfkit would know it. */
export function misnamed(
  cloudInit: CloudInit,
): { readonly path: string; readonly name: string } | undefined {
  for (const key of KEYS) {
    const path = cloudInit[key];
    if (path !== undefined && !hasName(path, NAMES[key])) return { path, name: NAMES[key] };
  }
  return undefined;
}

function hasName(path: string, name: string): boolean {
  return posix.basename(path) === name;
}

function refuse(path: string): never {
  throw configError({
    message: `--cloud-init has no spelling for ${quote(path)}`,
    hint: "vfkit knows no way to escape a quote: rename the directory.",
  });
}
