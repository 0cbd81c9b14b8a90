import { indent, MachineError } from "@vfkit-machine/host";
import { ROOTLESS_MACOS_MAJOR } from "./defaults.js";

const DOCS_URL = "https://github.com/nirs/vmnet-helper";

const SUDO_HINT =
  "Run it once in a terminal with a password, or install the sudoers rule that vmnet-helper " +
  `documents (%staff ALL = (root) NOPASSWD: HELPER): ${DOCS_URL}/tree/main/sudoers.d`;

/** `ERR_INVALID_VMNET_OPTION`: an option that vmnet-helper refuses, ignores or misreads. */
export function invalidOption(message: string, hint?: string): MachineError {
  return new MachineError(message, { code: "ERR_INVALID_VMNET_OPTION", hint });
}

export function notFoundError(searched: readonly string[], macosMajor?: number): MachineError {
  const install =
    macosMajor !== undefined && macosMajor >= ROOTLESS_MACOS_MAJOR
      ? "Install it with: brew tap nirs/vmnet-helper; brew trust nirs/vmnet-helper " +
        "(from Homebrew 6 on); brew install vmnet-helper"
      : `Install it with: curl -fsSL ${DOCS_URL}/releases/latest/download/install.sh | bash`;
  return new MachineError(`vmnet-helper not found; looked at ${searched.join(", ")}`, {
    code: "ERR_VMNET_HELPER_NOT_FOUND",
    hint: `${install} (see ${DOCS_URL})`,
  });
}

export function sudoRefusedError(
  path: string,
  said: readonly string[],
  cause?: unknown,
): MachineError {
  return new MachineError(withLines(`sudo will not run ${path}`, said), {
    code: "ERR_VMNET_HELPER_SUDO_REFUSED",
    hint: SUDO_HINT.replace("HELPER", path),
    cause,
  });
}

/** A message with the last words of a program under it. */
export function withLines(message: string, lines: readonly string[]): string {
  return lines.length === 0 ? message : `${message}:\n${indent(lines)}`;
}

/** `ERR_VMNET_HELPER_BROKEN`: it is there and does not do what every vmnet-helper does. */
export function brokenError(message: string, cause?: unknown): MachineError {
  const causeText = cause instanceof Error ? `: ${cause.message}` : "";
  return new MachineError(`${message}${causeText}`, {
    code: "ERR_VMNET_HELPER_BROKEN",
    hint: "Install vmnet-helper again.",
    cause,
  });
}
