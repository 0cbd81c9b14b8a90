import { MachineError } from "@vfkit-machine/host/errors";

/** The version that this code writes. Older ones are migrated, newer ones refused. */
export const CONFIG_VERSION = 1;

/** The version that a configuration says it has. */
export function schemaVersionOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("schemaVersion" in value)) return undefined;
  const { schemaVersion } = value;
  return typeof schemaVersion === "number" && Number.isSafeInteger(schemaVersion)
    ? schemaVersion
    : undefined;
}

export function newerError(version: number, current: number): MachineError {
  return new MachineError(
    `the configuration has version ${version}; this program knows ${current} and older`,
    { code: "ERR_CONFIG_NEWER", hint: "Use the newer vfkit-machine that wrote it." },
  );
}
