import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { lstatSync, readlinkSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * Absolute path of the store: `--store`, else `$VFM_HOME`, else `~/.vfm`. It need not exist yet.
 *
 * @param given the value of `--store`
 * @throws MachineError `ERR_CHECK_STORE` when `$VFM_HOME` or the home directory is not absolute, or what
 *   is there is no directory
 */
export function chooseStoreDir(given: string | undefined): string {
  if (given !== undefined) return requireUsable(resolve(given));
  const home = process.env["VFM_HOME"] ?? "";
  if (home === "") return requireUsable(join(requireHome(homedir()), ".vfm"));
  if (isAbsolute(home)) return requireUsable(home);
  throw new MachineError(`VFM_HOME is not an absolute path: ${JSON.stringify(home)}`, {
    code: "ERR_CHECK_STORE",
    hint: "Write it whole, as in VFM_HOME=$HOME/machines, or use --store.",
  });
}

function requireHome(path: string): string {
  if (isAbsolute(path)) return path;
  throw new MachineError(`the home directory is not an absolute path: ${JSON.stringify(path)}`, {
    code: "ERR_CHECK_STORE",
    hint: "Set HOME, or say with VFM_HOME or --store where the machines are.",
  });
}

/** A link that leads nowhere: its disk is not plugged in, and the machines are there. */
function requireNoLink(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  throw new MachineError(
    `cannot use the store ${path}: it is a link to ${readlinkSync(path)}, which is not there`,
    {
      code: "ERR_CHECK_STORE",
      hint: "Mount the disk that it is on, or choose a directory with VFM_HOME or --store.",
    },
  );
}

/** Before a command looks for machines, ISOs or locks in it, and finds that there can be none. */
function requireUsable(path: string): string {
  let reason = "it is no directory";
  let cause: unknown;
  try {
    if (statSync(path).isDirectory()) return path;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === "ENOENT") return requireNoLink(path);
    if (code !== "ENOTDIR") reason = code;
    cause = error;
  }
  throw new MachineError(`cannot use the store ${path}: ${reason}`, {
    code: "ERR_CHECK_STORE",
    hint: "Choose a directory with VFM_HOME or --store.",
    cause,
  });
}
