import { isMachineError, MachineError, systemErrorCode } from "@vfkit-machine/host";

export const FREE_SPACE_HINT = "Free some space, or choose a store on another disk with VFM_HOME.";

const WHAT: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is too large for the file system",
  EIO: "the disk reports an error",
  EMFILE: "too many files are open in this process",
  ENAMETOOLONG: "the path is too long",
  ENFILE: "too many files are open on this host",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "a part of the path is no directory",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** A failure of the file system as an error that names the path and the reason; all else as it is. */
export function asStorageError(error: unknown): unknown {
  if (isMachineError(error)) return error;
  const code = systemErrorCode(error);
  const what = code === undefined ? undefined : WHAT[code];
  if (what === undefined || !(error instanceof Error)) return error;
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  return new MachineError(`${path ?? "the store"}: ${what} (${code})`, {
    code: "ERR_STORAGE",
    hint: code === "ENOSPC" || code === "EDQUOT" ? FREE_SPACE_HINT : undefined,
    cause: error,
  });
}
