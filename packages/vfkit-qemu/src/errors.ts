import { MachineError } from "@vfkit-machine/host";

/** What this package throws beside what `host` and `vfkit-config` do. */
export type VfkitQemuErrorCode =
  | "ERR_DISK_IMAGE"
  | "ERR_NETWORK_SOCKET"
  | "ERR_NO_FREE_TAP"
  | "ERR_QEMU_FAILED"
  | "ERR_QEMU_NOT_FOUND"
  | "ERR_QMP"
  | "ERR_RUN_DIRECTORY"
  | "ERR_UNSUPPORTED_BY_QEMU"
  | "ERR_VIRTIOFSD";

/** One place where this package's errors are made. */
export function failure(
  code: VfkitQemuErrorCode,
  message: string,
  options: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
): MachineError {
  return new MachineError(message, { code, ...options });
}
