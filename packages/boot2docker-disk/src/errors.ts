import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { MIB } from "./defaults.js";

interface Meaning {
  readonly code: string;
  readonly says: string;
  readonly hint?: string;
}

const FREE_SPACE = "Free some space, or choose a directory on another volume.";
const PERMISSION = "Check the owner and the permissions of the directory and of the file.";

/** What the system's refusals mean for a disk image. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: { code: "ERR_DISK_NO_SPACE", says: "no space left on the volume", hint: FREE_SPACE },
  EDQUOT: { code: "ERR_DISK_QUOTA", says: "the disk quota is exhausted", hint: FREE_SPACE },
  EFBIG: {
    code: "ERR_DISK_TOO_LARGE",
    says: "larger than the file system or the limit of this process allows",
    hint: "Ask for a smaller disk, or choose a directory on another volume (see also `ulimit -f`).",
  },
  EACCES: { code: "ERR_DISK_ACCESS_DENIED", says: "permission denied", hint: PERMISSION },
  EPERM: {
    code: "ERR_DISK_ACCESS_DENIED",
    says: "operation not permitted",
    hint: `${PERMISSION} Where they are right, it is the privacy settings of macOS: System Settings > Privacy & Security > Files and Folders.`,
  },
  EROFS: {
    code: "ERR_DISK_READ_ONLY",
    says: "the file system is read-only",
    hint: "Choose a directory on a volume that can be written.",
  },
  EEXIST: {
    code: "ERR_DISK_EXISTS",
    says: "it exists already and is never overwritten",
    hint: "Remove it first if it is no longer needed, or choose another name.",
  },
  ENOENT: { code: "ERR_DISK_NOT_FOUND", says: "no such file or directory" },
  ENOTDIR: { code: "ERR_DISK_NOT_FOUND", says: "a part of the path is not a directory" },
  ELOOP: { code: "ERR_DISK_NOT_FOUND", says: "too many symbolic links in the path" },
  ENAMETOOLONG: { code: "ERR_DISK_NAME_TOO_LONG", says: "the name is too long" },
  EISDIR: { code: "ERR_DISK_NOT_A_FILE", says: "it is a directory" },
};

/**
 * A system error as what it is for a disk image; anything else is returned as it came.
 *
 * @param what as in "cannot create the disk"
 */
export function diskError(what: string, path: string, error: unknown): unknown {
  const systemCode = systemErrorCode(error);
  if (systemCode === undefined || systemCode.startsWith("ERR_")) return error;
  const meaning = MEANINGS[systemCode] ?? { code: "ERR_DISK_IO", says: "input/output failed" };
  return new MachineError(`${what} ${path}: ${meaning.says} (${systemCode})`, {
    code: meaning.code,
    hint: meaning.hint,
    cause: error,
  });
}

/** `ERR_DISK_EXISTS` for a path that is taken. */
export function existsError(path: string): MachineError {
  return diskError(
    "cannot create the disk",
    path,
    Object.assign(new Error("file already exists"), { code: "EEXIST" }),
  ) as MachineError;
}

/**
 * The size in bytes.
 *
 * @throws MachineError `ERR_DISK_INVALID_SIZE` for anything but a whole number of MiB from 1 up
 */
export function checkedSizeBytes(sizeMiB: number): number {
  const sizeBytes = sizeMiB * MIB;
  if (Number.isInteger(sizeMiB) && sizeMiB >= 1 && Number.isSafeInteger(sizeBytes)) {
    return sizeBytes;
  }
  throw new MachineError(`not a size of a disk in MiB: ${String(sizeMiB)}`, {
    code: "ERR_DISK_INVALID_SIZE",
    hint: "Give a whole number of MiB from 1 up, as in 20480 for 20 GiB.",
  });
}
