import type { Host } from "@vfkit-machine/host";
import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { mkdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { quoted } from "./names.js";

/** Where everything is. Absolute, with symbolic links resolved: the length of socket paths depends on it. */
export interface Store {
  readonly root: string;
  /** One directory per machine. */
  readonly machines: string;
  /** One lock per machine; outside of its directory because creating and removing are locked too. */
  readonly locks: string;
  /** Short directories for the sockets of machines whose own path is too long. */
  readonly run: string;
}

/**
 * The store of this user: `$VFM_HOME`, else `~/.vfm`.
 *
 * @throws MachineError `ERR_CHECK_STORE` when `$VFM_HOME` is not absolute
 */
export function storeDirectory(host: Pick<Host, "env" | "homeDir">): string {
  const configured = host.env["VFM_HOME"];
  if (configured === undefined || configured === "") return join(host.homeDir, ".vfm");
  return requireAbsolute(configured, "VFM_HOME");
}

/** Resolves the store's path; creates nothing. @throws MachineError `ERR_CHECK_STORE` */
export async function openStore(
  host: Pick<Host, "env" | "homeDir">,
  storeDir: string | undefined,
): Promise<Store> {
  const wanted =
    storeDir === undefined ? storeDirectory(host) : requireAbsolute(storeDir, "storeDir");
  const root = await resolveExisting(wanted);
  if (await isOtherThanDirectory(root)) throw unusableStore(root, "it is no directory");
  return {
    root,
    machines: join(root, "machines"),
    locks: join(root, "locks"),
    run: join(root, "run"),
  };
}

/**
 * Creates a directory that only its owner can enter, and those above it.
 *
 * @throws MachineError `ERR_CHECK_STORE`
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  try {
    await makeWithParents(path);
  } catch (error) {
    throw new MachineError(`cannot create the directory ${path}: ${systemErrorCode(error)}`, {
      code: "ERR_CHECK_STORE",
      hint: "Choose another store with VFM_HOME, or make this one writable.",
      cause: error,
    });
  }
}

/**
 * Node's own `recursive` never ends where nothing can be made in a directory that is there, as in
 * Linux' /proc: it takes every `ENOENT` for a missing parent.
 */
async function makeWithParents(path: string, parentsAreMade = false): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const parent = dirname(path);
    if (systemErrorCode(error) === "ENOENT" && !parentsAreMade && parent !== path) {
      await makeWithParents(parent);
      await makeWithParents(path, true);
    } else if (!(await isDirectory(path))) {
      throw error;
    }
  }
}

// What cannot be looked at is neither: whatever is done with it next says why.

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isOtherThanDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

/** The real path of what exists of `path`, followed by what does not exist yet. */
async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemErrorCode(error) === "ENOENT" && parent !== path) {
      return join(await resolveExisting(parent), basename(path));
    }
    throw unusableStore(path, systemErrorCode(error) ?? String(error), error);
  }
}

function unusableStore(path: string, reason: string, cause?: unknown): MachineError {
  return new MachineError(`cannot use the store ${path}: ${reason}`, {
    code: "ERR_CHECK_STORE",
    hint: "Choose another directory with VFM_HOME.",
    cause,
  });
}

function requireAbsolute(path: string, what: string): string {
  if (isAbsolute(path) && !path.includes("\0")) return path;
  throw new MachineError(`${what} is not an absolute path: ${quoted(path)}`, {
    code: "ERR_CHECK_STORE",
  });
}
