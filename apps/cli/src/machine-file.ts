import { systemErrorCode } from "@vfkit-machine/host";
import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError } from "./exit-codes.js";
import { parseSizeMiB } from "./sizes.js";

const MAX_BYTES = 256 * 1024;

/** A description of a machine, as `--file` takes it: sizes are text with a unit. */
export interface MachineFile {
  readonly name?: string | undefined;
  readonly iso?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: string | undefined;
  readonly disk?: string | undefined;
  readonly extraDisks?: readonly string[] | undefined;
  readonly network?: "nat" | "vmnet-shared" | undefined;
  readonly mac?: string | undefined;
  readonly mounts?: readonly { readonly host: string; readonly guest: string }[] | undefined;
  readonly rosetta?: boolean | undefined;
  readonly kernelCmdline?: string | undefined;
  readonly sshPort?: number | undefined;
}

const size = z
  .string()
  .regex(/^\s*\d+(\.\d+)?\s*[KMGTkmgt][Ii]?[Bb]\s*$/, "is not a size with a unit, as in 4GiB");

const schema = z
  .strictObject({
    $schema: z.string().describe("Where this schema is; ignored").optional(),
    name: z.string().describe("Name of the machine; default: default").optional(),
    iso: z
      .string()
      .describe("PATH (relative to this file), URL, minikube or minikube@VERSION")
      .optional(),
    cpus: z.int().min(1).max(128).describe("Virtual CPUs; default 2").optional(),
    memory: size.describe("Memory, as in 4GiB; default 4GiB").optional(),
    disk: size.describe("Data disk, sparse; default 20GiB").optional(),
    extraDisks: z.array(size).max(16).describe("More disks").optional(),
    network: z.enum(["nat", "vmnet-shared"]).describe("Default nat").optional(),
    mac: z.string().describe("MAC address; default: derived from the name").optional(),
    mounts: z
      .array(
        z.strictObject({
          host: z.string().describe("Directory of this computer (relative to this file)"),
          guest: z.string().regex(/^\//, "is not absolute").describe("Absolute path in the guest"),
        }),
      )
      .max(16)
      .describe("Directories shown in the guest")
      .optional(),
    rosetta: z.boolean().describe("x86-64 programs in the guest; Apple silicon only").optional(),
    kernelCmdline: z.string().describe("Appended to the kernel's command line").optional(),
    sshPort: z.int().min(1).max(65_535).describe("Port of SSH in the guest; default 22").optional(),
  })
  .describe("A machine for vfm create --file, in YAML or JSON");

/** The JSON Schema of a description, as it is published. */
export function machineFileSchema(): object {
  return z.toJSONSchema(schema);
}

/**
 * Reads a description; relative paths in it begin at its own directory.
 *
 * @throws UsageError with the place that is wrong
 */
export async function readMachineFile(path: string): Promise<MachineFile> {
  const found = parseMachineFile(await readText(path), path);
  const beside = dirname(resolve(path));
  const iso = found.iso;
  return {
    ...found,
    iso: iso !== undefined && isPath(iso) ? resolve(beside, iso) : iso,
    mounts: found.mounts?.map(({ host, guest }) => ({ host: resolve(beside, host), guest })),
  };
}

/** @param path for the error messages. @throws UsageError */
export function parseMachineFile(text: string, path: string): MachineFile {
  const result = schema.safeParse(parseYaml(text, path));
  if (result.success) {
    const { $schema: _, ...description } = result.data;
    for (const each of [description.memory, description.disk, ...(description.extraDisks ?? [])]) {
      if (each !== undefined) parseSizeMiB(path, each);
    }
    return description;
  }
  const problems = result.error.issues.slice(0, 5).map((issue) => {
    const place = issue.path.join(".");
    return `  ${place === "" ? "" : `${place}: `}${issue.message}`;
  });
  throw new UsageError(
    `${path} does not describe a machine:\n${problems.join("\n")}`,
    "What may stand there: https://github.com/vfkit-machine/vfkit-machine/blob/main/docs/cli/schemas/machine.json",
  );
}

function isPath(iso: string): boolean {
  return !/^(?:https?:\/\/|minikube(?:@|$))/i.test(iso);
}

function parseYaml(text: string, path: string): unknown {
  try {
    // JSON is YAML too. Few aliases: a small file must not become a large object.
    return parse(text, { maxAliasCount: 10 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new UsageError(`${path} is neither YAML nor JSON: ${reason}`);
  }
}

/** Also from a pipe, as in `--file <(make-machine)`: what is said there is waited for. */
async function readText(path: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) throw new UsageError(`--file ${path}: larger than 256 KiB`);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new UsageError(`--file ${path}: ${code === "ENOENT" ? "there is no such file" : code}`);
  }
}
