import { CONFIG_VERSION } from "./config-version.js";
import { LIMITS } from "./defaults.js";
import { isMachineName } from "./names.js";
import type { MachineConfig } from "./types.js";

type Check = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);

const within =
  ({ min, max }: { readonly min: number; readonly max: number }): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

const listOf =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** Absolute, no control characters, nothing that a part of vfkit or of the guest could misread. */
const PATH = /^\/[^\u0000-\u001f\u007f,]{1,4000}$/;

const FIELDS: Readonly<Record<Exclude<keyof MachineConfig, "rosetta">, Check>> = {
  schemaVersion: (value) => value === CONFIG_VERSION,
  name: (value) => typeof value === "string" && isMachineName(value),
  createdAt: (value) => {
    if (typeof value !== "string") return false;
    const at = new Date(value);
    return !Number.isNaN(at.valueOf()) && at.toISOString() === value;
  },
  cpus: within(LIMITS.cpus),
  memoryMiB: within(LIMITS.memoryMiB),
  diskSizeMiB: within(LIMITS.diskSizeMiB),
  extraDiskSizesMiB: listOf(within(LIMITS.extraDiskSizeMiB), LIMITS.extraDisks),
  network: (value) => value === "nat" || value === "vmnet-shared",
  /** Unicast, as {@link MachineConfig} spells it. */
  macAddress: matches(/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/),
  vmnetInterfaceId: matches(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  ),
  mounts: listOf(
    (value) => hasExactly(value, { hostPath: matches(PATH), guestPath: matches(PATH) }),
    LIMITS.mounts,
  ),
  kernelCmdline: matches(/^[^\u0000-\u001f\u007f]*$/),
  sshPort: within({ min: 1, max: 65_535 }),
  sshUser: matches(/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/),
  socketDir: matches(PATH),
};

/**
 * A quick look at a parsed `config.json`: it knows a configuration exactly as this version writes it
 * for a machine without Rosetta, and accepts nothing that the schema would refuse (a property test holds them together).
 *
 * @returns undefined for everything else, which may still be valid
 */
export function acceptPlainConfig(value: unknown): MachineConfig | undefined {
  return hasExactly(value, FIELDS) ? (value as MachineConfig) : undefined;
}

function hasExactly(value: unknown, fields: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const found = Object.entries(value);
  const checks = Object.keys(fields).length;
  return (
    found.length === checks &&
    found.every(([key, each]) => Object.hasOwn(fields, key) && fields[key]?.(each) === true)
  );
}
