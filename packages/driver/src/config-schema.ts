import { isUnicast, MachineError, tryParseMacAddress, type MacAddress } from "@vfkit-machine/host";
import { z } from "zod";
import { CONFIG_VERSION, newerError, schemaVersionOf } from "./config-version.js";
import { LIMITS } from "./defaults.js";
import { isMachineName, quoted } from "./names.js";
import type { MachineConfig } from "./types.js";

/** A configuration but for what the machine's place decides, and the image that it is made from. */
export type ParsedOptions = Omit<
  MachineConfig,
  "schemaVersion" | "createdAt" | "vmnetInterfaceId" | "socketDir"
> & { readonly iso: string };

/** No control characters: a newline or NUL in an argument is never meant. */
const PRINTABLE = /^[^\u0000-\u001f\u007f]*$/;

const bounded = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodInt =>
  z.int().min(min).max(max);

const absolutePath = z
  .string()
  .startsWith("/", "is not an absolute path")
  .regex(PRINTABLE, "has control characters")
  .max(4096);

const fields = {
  name: z.string().refine(isMachineName, "is not a machine name"),
  cpus: bounded(LIMITS.cpus),
  memoryMiB: bounded(LIMITS.memoryMiB),
  diskSizeMiB: bounded(LIMITS.diskSizeMiB),
  extraDiskSizesMiB: z.array(bounded(LIMITS.extraDiskSizeMiB)).max(LIMITS.extraDisks),
  network: z.enum(["nat", "vmnet-shared"]),
  macAddress: z.string().transform((text, context): MacAddress => {
    const mac = tryParseMacAddress(text);
    if (mac !== undefined && isUnicast(mac)) return mac;
    context.addIssue(mac === undefined ? "is not a MAC address" : "is a multicast MAC address");
    return z.NEVER;
  }),
  mounts: z
    .array(
      z.strictObject({
        hostPath: absolutePath.refine((path) => !path.includes(","), "has a comma"),
        guestPath: absolutePath.refine((path) => path !== "/", "is the guest's root"),
      }),
    )
    .max(LIMITS.mounts),
  rosetta: z.boolean().optional(),
  kernelCmdline: z.string().regex(PRINTABLE, "has control characters"),
  sshPort: bounded({ min: 1, max: 65_535 }),
  // It becomes an argument of ssh: it must not begin with a hyphen.
  sshUser: z.string().regex(/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/, "is not a user name"),
};

const configSchema = z.strictObject({
  schemaVersion: z.literal(CONFIG_VERSION),
  createdAt: z.iso.datetime(),
  vmnetInterfaceId: z.uuid(),
  socketDir: absolutePath,
  ...fields,
});

const optionsSchema = z.strictObject({ iso: absolutePath, ...fields });

/**
 * Checks what `config.json` holds. Unknown fields are refused: a field that is silently dropped is a
 * wish that is silently ignored.
 *
 * @throws MachineError `ERR_CONFIG_INVALID`, `ERR_CONFIG_NEWER`
 */
export function parseMachineConfig(value: unknown): MachineConfig {
  const version = schemaVersionOf(value);
  if (version !== undefined && version > CONFIG_VERSION) throw newerError(version, CONFIG_VERSION);
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw new MachineError(`the configuration is not valid: ${describeIssues(result.error, value)}`, {
    code: "ERR_CONFIG_INVALID",
    hint: "Restore config.json from a backup, or remove the machine and create it again.",
  });
}

/** Checks complete options. @returns them, or the first option at fault and what is wrong */
export function parseOptions(
  value: unknown,
): { readonly options: ParsedOptions } | { readonly option: string; readonly problem: string } {
  const result = optionsSchema.safeParse(value);
  if (result.success) return { options: result.data };
  const option = String(result.error.issues[0]?.path[0]);
  return { option, problem: describeIssues(result.error, value) };
}

/** As in `cpus: Too big: expected number to be <=128 (is 1000)`. */
function describeIssues(error: z.ZodError, value: unknown): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => {
      const path = issue.path.join(".");
      if (path === "") return issue.message;
      return `${path}: ${issue.message} (is ${quoted(at(value, issue.path))}${unitOf(path)})`;
    })
    .join("; ");
}

function unitOf(path: string): string {
  return /MiB(?:\.\d+)?$/.test(path) ? " MiB" : "";
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = value;
  for (const key of path) here = (here as Record<PropertyKey, unknown> | undefined)?.[key];
  return here;
}
