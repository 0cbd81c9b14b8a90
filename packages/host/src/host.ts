import { homedir, networkInterfaces, tmpdir, type NetworkInterfaceInfo } from "node:os";
import { systemClock, type Clock } from "./clock.js";
import { createRunner } from "./execa-runner.js";
import { silentLogger, type Logger } from "./logger.js";
import { MACOS_PATHS, type HostPaths } from "./paths.js";
import type { Runner } from "./runner.js";

/** By name, as `networkInterfaces()` of `node:os` gives them. */
export type NetworkInterfaces = Readonly<
  Record<string, readonly NetworkInterfaceInfo[] | undefined>
>;

/** The one way to the outside: what the packages know of the computer they run on. */
export interface Host {
  readonly platform: NodeJS.Platform;
  /** As `process.arch`: `arm64` or `x64`. */
  readonly arch: string;
  /** Effective user id; 0 is root. */
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly tmpDir: string;
  /** Those that are up, at this moment. */
  readonly networkInterfaces: () => NetworkInterfaces;
  readonly paths: HostPaths;
  readonly clock: Clock;
  readonly runner: Runner;
  readonly logger: Logger;
}

/** The real host, with what `overrides` replaces. */
export function createHost(overrides: Partial<Host> = {}): Host {
  const env = overrides.env ?? process.env;
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.geteuid?.() ?? -1,
    env,
    homeDir: homedir(),
    tmpDir: tmpdir(),
    networkInterfaces,
    paths: MACOS_PATHS,
    clock: systemClock,
    runner: createRunner(env),
    logger: silentLogger,
    ...overrides,
  };
}
