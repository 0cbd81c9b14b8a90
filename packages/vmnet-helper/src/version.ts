import type { MacosVersion } from "@vfkit-machine/host";
import { ROOTLESS_MACOS_MAJOR } from "./defaults.js";
import type { HelperVersion } from "./types.js";

/**
 * Reads what `vmnet-helper --version` prints: `version: v0.7.0` and a `commit:` line since 0.7.0, a
 * bare `v0.6.0` before.
 *
 * @returns undefined when that is no version
 */
export function parseHelperVersion(stdout: string): HelperVersion | undefined {
  const match =
    /^(?:version:[ \t]*)?["']?v?((\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-+][\w.+-]{1,64})?)["']?[ \t\r]*$/m.exec(
      stdout,
    );
  const [, text, major, minor, patch] = match ?? [];
  if (text === undefined) return undefined;
  return { text, major: Number(major), minor: Number(minor), patch: Number(patch ?? 0) };
}

/** Is `version` the release `major.minor.0` or a later one? */
export function isAtLeast(version: HelperVersion, major: number, minor: number): boolean {
  return version.major === major ? version.minor >= minor : version.major > major;
}

/**
 * Does this helper have to run as root? On macOS before 26 always. From macOS 26 on only before
 * 0.9.0, the first release signed with the virtualization entitlement. A host that is not macOS
 * (`macosVersion` undefined) is taken for an old one.
 */
export function needsRoot(macosVersion: MacosVersion | undefined, version: HelperVersion): boolean {
  if (macosVersion === undefined || macosVersion.major < ROOTLESS_MACOS_MAJOR) return true;
  return !isAtLeast(version, 0, 9);
}
