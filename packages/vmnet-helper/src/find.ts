import {
  assertSuccess,
  findExecutable,
  isExecutable,
  isMachineError,
  readMacosVersion,
  type Host,
  type MacosVersion,
  type WaitOptions,
} from "@vfkit-machine/host";
import { isAbsolute, join } from "node:path";
import { HOMEBREW_PREFIXES, PROBE_TIMEOUT_MS, ROOTLESS_MACOS_MAJOR } from "./defaults.js";
import { brokenError } from "./errors.js";
import type { HelperVersion, VmnetHelper } from "./types.js";
import { needsRoot, parseHelperVersion } from "./version.js";

export interface FindHelperOptions extends WaitOptions {
  /** Default: asked of the host. Undefined on a host that is not macOS. */
  readonly macosVersion?: MacosVersion | undefined;
}

/**
 * Looks for vmnet-helper and asks it for its version. From macOS 26 on Homebrew's comes first
 * (`bin`, then `opt/vmnet-helper/libexec`), then, everywhere, `host.paths.vmnetHelper`. The first
 * that is there is taken.
 *
 * @returns undefined when none is installed
 * @throws MachineError `ERR_VMNET_HELPER_BROKEN` when one is there and does not say its version,
 *   `ERR_TIMEOUT` (default 10 s for each program asked), `ERR_ABORTED`
 */
export async function findVmnetHelper(
  host: Host,
  options: FindHelperOptions = {},
): Promise<VmnetHelper | undefined> {
  const macosVersion = options.macosVersion ?? (await readMacosVersion(host));
  for (const path of await helperSearchPaths(host, macosVersion, options)) {
    if (!(await isExecutable(path))) continue;
    const version = await readHelperVersion(host, path, options);
    return { path, version, needsRoot: needsRoot(macosVersion, version) };
  }
  return undefined;
}

/**
 * Where {@link findVmnetHelper} looks, in order. Absolute paths.
 *
 * @throws MachineError `ERR_ABORTED`
 */
export async function helperSearchPaths(
  host: Host,
  macosVersion: MacosVersion | undefined,
  options: WaitOptions = {},
): Promise<string[]> {
  const everywhere = [host.paths.vmnetHelper];
  if (macosVersion === undefined || macosVersion.major < ROOTLESS_MACOS_MAJOR) return everywhere;
  const prefix = await homebrewPrefix(host, options);
  return [
    join(prefix, "bin/vmnet-helper"),
    join(prefix, "opt/vmnet-helper/libexec/vmnet-helper"),
    ...everywhere,
  ];
}

/**
 * Asks a vmnet-helper for its version, without root.
 *
 * @throws MachineError `ERR_VMNET_HELPER_BROKEN`, `ERR_TIMEOUT` (default 10 s), `ERR_ABORTED`
 */
export async function readHelperVersion(
  host: Host,
  path: string,
  { signal, timeoutMs = PROBE_TIMEOUT_MS }: WaitOptions = {},
): Promise<HelperVersion> {
  const result = await host.runner
    .run(path, ["--version"], { signal, timeoutMs })
    .then(assertSuccess)
    .catch((error: unknown) => {
      if (isMachineError(error, "ERR_TIMEOUT", "ERR_ABORTED")) throw error;
      throw brokenError(`${path} --version failed`, error);
    });
  const version = parseHelperVersion(result.stdout);
  if (version !== undefined) return version;
  throw brokenError(
    `${path} --version printed no version: ${JSON.stringify(result.stdout.slice(0, 200))}`,
  );
}

async function homebrewPrefix(host: Host, options: WaitOptions): Promise<string> {
  const fromEnvironment = host.env["HOMEBREW_PREFIX"];
  if (fromEnvironment !== undefined && isAbsolute(fromEnvironment)) return fromEnvironment;
  const usual = host.arch === "x64" ? HOMEBREW_PREFIXES.x64 : HOMEBREW_PREFIXES.arm64;
  const brew = await findExecutable(host, "brew");
  if (brew === undefined) return usual;
  const { signal, timeoutMs = PROBE_TIMEOUT_MS } = options;
  try {
    const asked = await host.runner.run(brew, ["--prefix"], { signal, timeoutMs });
    const prefix = asked.stdout.trim();
    if (asked.exitCode === 0 && isAbsolute(prefix) && !prefix.includes("\n")) return prefix;
  } catch (error) {
    // A brew that hangs or is broken is no reason to fail: the helper may be in the usual place.
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.debug("could not ask brew for its prefix", { error });
  }
  return usual;
}
