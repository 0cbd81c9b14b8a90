import { z } from "zod";
import { machineFileSchema } from "../machine-file.js";

const sizeMiB = z.int().positive().describe("MiB");
const ip = z.union([z.ipv4(), z.ipv6()]);
const state = z.enum(["Running", "Paused", "Starting", "Stopping", "Stopped", "Error"]);
const network = z.enum(["nat", "vmnet-shared"]);
const stopOutcome = z
  .enum(["graceful", "terminated", "killed", "already-stopped"])
  .describe("Which stage ended the machine");

const error = z.strictObject({
  code: z.string().regex(/^ERR_[A-Z0-9_]+$/),
  message: z.string(),
  hint: z.string().nullable().describe("What to do next"),
  causes: z.array(z.string()).describe("What it came from, the nearest first"),
  stack: z.string().describe("With --debug").optional(),
});

const mount = z.strictObject({ hostPath: z.string(), guestPath: z.string() });

const config = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  createdAt: z.iso.datetime(),
  cpus: z.int().positive(),
  memoryMiB: sizeMiB,
  diskSizeMiB: sizeMiB,
  extraDiskSizesMiB: z.array(sizeMiB),
  network,
  macAddress: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/),
  vmnetInterfaceId: z.uuid(),
  mounts: z.array(mount),
  rosetta: z.boolean().optional(),
  kernelCmdline: z.string(),
  sshPort: z.int(),
  sshUser: z.string(),
  socketDir: z.string(),
});

const cacheEntry = z.strictObject({
  name: z.string(),
  path: z.string(),
  sizeBytes: z.int().nonnegative(),
  kind: z.enum(["iso", "partial"]),
  modifiedAt: z.iso.datetime(),
});

/** One object for one name; with several names or --all a list, in which failures have their place. */
function eachMachine(fields: z.ZodRawShape): z.ZodType {
  const one = z.strictObject({ name: z.string(), ...fields });
  const failed = z.strictObject({ name: z.string(), error });
  return z.union([one, failed, z.array(z.union([one, failed]))]);
}

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  create: z.union([
    z.strictObject({
      name: z.string(),
      state,
      ip: ip.nullable().describe("null with --no-start"),
      directory: z.string(),
    }),
    z
      .strictObject({ argv: z.array(z.string()).describe("vfkit's command line"), config })
      .describe("With --dry-run"),
  ]),
  start: eachMachine({ state: z.literal("Running"), ip }),
  stop: eachMachine({
    state: z.literal("Stopped"),
    outcome: stopOutcome,
    durationMs: z.int().nonnegative(),
  }),
  restart: eachMachine({ state: z.literal("Running"), ip, stopOutcome }),
  state: eachMachine({ state }),
  status: eachMachine({
    state,
    lastStart: z
      .strictObject({
        startedAt: z.iso.datetime(),
        outcome: z.enum(["started", "failed"]),
        steps: z.array(z.strictObject({ label: z.string(), fromMs: z.number(), toMs: z.number() })),
      })
      .describe("With --timeline")
      .optional(),
  }),
  set: z.strictObject({
    name: z.string(),
    cpus: z.int().positive(),
    memoryMiB: sizeMiB,
    diskSizeMiB: sizeMiB,
  }),
  rm: eachMachine({ removed: z.literal(true) }),
  list: z.array(
    z.strictObject({
      name: z.string(),
      state: z.union([state, z.literal("Unknown")]),
      network: network.nullable(),
      ip: ip.nullable(),
      cpus: z.int().positive().nullable(),
      memoryMiB: sizeMiB.nullable(),
      diskSizeMiB: sizeMiB.nullable(),
      createdAt: z.iso.datetime().nullable(),
      error: z.string().nullable().describe("Why the machine cannot be read"),
    }),
  ),
  inspect: z.strictObject({
    name: z.string(),
    driver: z.literal("vfkit"),
    state,
    ip: ip.nullable(),
    url: z.string(),
    directory: z.string(),
    ssh: z.strictObject({
      host: ip.nullable(),
      port: z.int(),
      user: z.string(),
      keyPath: z.string(),
      knownHostsPath: z.string(),
    }),
    config,
  }),
  ip: z.strictObject({ ip }),
  url: z.strictObject({ url: z.string() }),
  env: z.strictObject({
    DOCKER_HOST: z.string().nullable().describe("null with --unset"),
    sshAlias: z.string().nullable(),
    sshConfigured: z
      .boolean()
      .describe("Is the block of vfm ssh-config in ~/.ssh/config, with the address of now?"),
  }),
  "ssh-config": z.strictObject({ alias: z.string(), config: z.string() }),
  doctor: z.strictObject({
    status: z.enum(["pass", "warn", "fail"]),
    checks: z.array(
      z.strictObject({
        check: z.string(),
        status: z.enum(["pass", "warn", "fail"]),
        message: z.string(),
        hint: z.string().nullable(),
        fixed: z.boolean(),
      }),
    ),
  }),
  cache: z.union([
    z.array(cacheEntry).describe("Of list and prune"),
    z.strictObject({ path: z.string() }).describe("Of add"),
  ]),
  version: z.strictObject({
    vfm: z.string(),
    vfkit: z.string().nullable(),
    vmnetHelper: z.string().nullable(),
    node: z.string(),
  }),
  error: z.strictObject({ error }).describe("On stdout when a command fails with --json"),
  event: z
    .strictObject({
      type: z.string().describe("As in start.lease.found; with --debug also log.LEVEL"),
      machine: z.string().describe("Empty for log.LEVEL"),
      at: z.number().describe("Unix milliseconds"),
      elapsedMs: z.number().describe("Milliseconds since the operation began"),
      data: z.record(z.string(), z.unknown()),
    })
    .describe("One line of stderr with --json"),
};

/** The published JSON Schemas, by file name without its extension. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  const results = Object.entries(SCHEMAS).map(([name, schema]) => [name, z.toJSONSchema(schema)]);
  return { ...Object.fromEntries(results), machine: machineFileSchema() };
}
