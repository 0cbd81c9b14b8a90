import { isMachineError } from "./errors.js";
import type { Host } from "./host.js";

/** As in 15.3.1; compared by integers. */
export interface MacosVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads what `sw_vers -productVersion` prints. */
export function parseMacosVersion(text: string): MacosVersion | undefined {
  const match = /^\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2] ?? 0), patch: Number(match[3] ?? 0) };
}

/**
 * The version of macOS, or undefined where there is no `sw_vers` (Linux).
 *
 * @throws MachineError `ERR_TIMEOUT` (5 s), `ERR_COMMAND_NOT_EXECUTABLE`
 */
export async function readMacosVersion(host: Host): Promise<MacosVersion | undefined> {
  try {
    const result = await host.runner.run("sw_vers", ["-productVersion"], {
      // Where it is 1, macOS 11 and later call themselves 10.16.
      env: { ...host.env, SYSTEM_VERSION_COMPAT: "0" },
      timeoutMs: 5_000,
    });
    return result.exitCode === 0 ? parseMacosVersion(result.stdout) : undefined;
  } catch (error) {
    if (isMachineError(error, "ERR_COMMAND_NOT_FOUND")) return undefined;
    throw error;
  }
}
