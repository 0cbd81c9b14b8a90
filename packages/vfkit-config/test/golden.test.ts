import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isMachineError } from "@vfkit-machine/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  checkDiskImages,
  parseArgv,
  parseCommandLine,
  parseInspect,
  parseRestUri,
  toArgv,
  toInspect,
  type CommandLine,
  type Device,
  type VirtualMachine,
} from "../src/index.js";

/** See test/golden/README.md. */
interface Vector {
  readonly group: string;
  readonly argv: readonly string[];
  readonly outcome: "run" | "help" | "version" | "completion" | "error";
  readonly inspect?: Record<string, unknown>;
  readonly own?: Own;
  readonly ignored?: readonly string[];
  readonly beyond?: readonly string[];
}

interface Own {
  readonly rest?: { readonly unix: string } | { readonly tcp: string };
  readonly logLevel?: string;
  readonly pidFile?: string;
  readonly gui?: true;
  readonly cloudInit?: Readonly<Record<string, string>>;
}

const vectors = [
  ...(await readVectors("vfkit-0.6.4.jsonl")),
  ...(await readVectors("found-0.6.4.jsonl")),
];
const groups = [...new Set(vectors.map(({ group }) => group))].map(
  (name) => [name, vectors.filter(({ group }) => group === name)] as const,
);

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vfkit-config-"));
  await mkdir(join(directory, "directory"));
  await writeFile(join(directory, "disk.img"), "raw data");
  await writeFile(join(directory, "a=b c.img"), "x");
  await writeFile(join(directory, "empty.img"), "");
  await writeFile(join(directory, "short.img"), "QF");
  await writeFile(join(directory, "qcow2.img"), Buffer.from("514649fb6d6f7265", "hex"));
});

afterAll(() => rm(directory, { recursive: true }));

describe.each(groups)("as vfkit 0.6.4: %s", (_, list) => {
  test.each(list.map((vector) => [JSON.stringify(vector.argv), vector] as const))(
    "%s",
    async (_title, vector) => {
      expect(await observe(vector.argv)).toEqual(expected(vector));
    },
  );
});

test("vfkit's inspect JSON of every machine is read and written back", () => {
  const answers = vectors.flatMap(({ inspect, beyond }) =>
    inspect === undefined || beyond !== undefined ? [] : [inspect],
  );
  expect(answers.length).toBeGreaterThan(150);
  for (const answer of answers) {
    // vfkit leaves a false vfkitMagic out, and reads one that is missing as true.
    expect(withoutMagic(toInspect(parseInspect(answer)))).toEqual(withoutMagic(answer));
  }
});

async function readVectors(name: string): Promise<Vector[]> {
  const golden = await readFile(new URL(`golden/${name}`, import.meta.url), "utf8");
  const [, ...lines] = golden.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Vector);
}

interface Observed {
  readonly outcome: Vector["outcome"];
  readonly inspect?: unknown;
  readonly own?: Own;
  readonly ignored?: readonly string[];
  /** Does the canonical spelling say the same machine? */
  readonly canonical?: boolean;
}

function expected(vector: Vector): Observed {
  const { outcome, inspect, own = {}, ignored = [], beyond } = vector;
  if (beyond !== undefined) return { outcome: "error" };
  if (outcome !== "run") return { outcome };
  return { outcome, inspect: withoutVainMagic(inspect), own, ignored, canonical: true };
}

async function observe(argv: readonly string[]): Promise<Observed> {
  const read = await readAsVfkit(argv);
  if (read === "refused") return { outcome: "error" };
  if (read.kind !== "run") return { outcome: read.kind };
  const { machine, ignored } = read;
  return {
    outcome: "run",
    inspect: toInspect(machine),
    own: ownOptions(machine),
    ignored,
    canonical: isDeepStrictEqual(parseArgv(toArgv(machine)), machine),
  };
}

async function readAsVfkit(argv: readonly string[]): Promise<CommandLine | "refused"> {
  try {
    const read = parseCommandLine(argv);
    if (read.kind === "run") await checkDiskImages(read.machine.devices.map(inDirectory));
    return read;
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_USAGE", "ERR_DISK_IMAGE")) return "refused";
    throw error;
  }
}

function inDirectory(device: Device): Device {
  return device.kind === "virtio-blk" ? { ...device, path: join(directory, device.path) } : device;
}

function ownOptions({ restfulUri, logLevel, pidFile, gui, cloudInit }: VirtualMachine): Own {
  const files = {
    "user-data": cloudInit?.userDataPath,
    "meta-data": cloudInit?.metaDataPath,
    "network-config": cloudInit?.networkConfigPath,
  };
  return {
    ...(restfulUri === undefined ? {} : { rest: endpoint(restfulUri) }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(pidFile === undefined ? {} : { pidFile }),
    ...(gui === true ? { gui } : {}),
    ...(cloudInit === undefined ? {} : { cloudInit: JSON.parse(JSON.stringify(files)) }),
  };
}

function endpoint(uri: string): Own["rest"] & {} {
  const read = parseRestUri(uri);
  if (read.kind === "unix") return { unix: read.socketPath };
  if (read.kind === "none") throw new Error(`${uri} is nothing to serve`);
  return {
    tcp: read.host.includes(":") ? `[${read.host}]:${read.port}` : `${read.host}:${read.port}`,
  };
}

function withoutMagic(json: unknown): unknown {
  return JSON.parse(
    JSON.stringify(json, (key, value: unknown) => (key === "vfkitMagic" ? undefined : value)),
  );
}

/** vfkit also says vfkitMagic of a device without a socket, where it means nothing. */
function withoutVainMagic(inspect: Vector["inspect"]): unknown {
  const text = JSON.stringify(inspect);
  return JSON.parse(text.replaceAll('"nat":true,"vfkitMagic":true', '"nat":true'));
}
