import { MachineError } from "@vfkit-machine/host";
import { CONFIG_VERSION, newerError, schemaVersionOf } from "./config-version.js";

/** One older version to the next: what was written, as JSON, to what the next version writes. */
export type Migration = (config: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** From each older version to the next. Version 1 is the first: there is none yet. */
export const MIGRATIONS: Readonly<Record<number, Migration>> = {};

/**
 * Brings a configuration forward, one version at a time.
 *
 * @param migrations by the version that they start from
 * @returns undefined when there is nothing to migrate
 * @throws MachineError `ERR_CONFIG_NEWER`, `ERR_CONFIG_INVALID`
 */
export function migrateConfig(
  value: unknown,
  migrations: Readonly<Record<number, Migration>>,
  current: number = CONFIG_VERSION,
): Record<string, unknown> | undefined {
  let version = schemaVersionOf(value);
  if (version === undefined || version === current) return undefined;
  if (version > current) throw newerError(version, current);
  let config = value as Record<string, unknown>;
  for (; version < current; version += 1) {
    const migrate = migrations[version];
    if (migrate === undefined) {
      throw new MachineError(`the configuration has version ${version}, which is not known`, {
        code: "ERR_CONFIG_INVALID",
      });
    }
    config = { ...migrate(config), schemaVersion: version + 1 };
  }
  return config;
}
