import { assertSuccess, MachineError } from "@vfkit-machine/host";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Apt } from "./apt.js";

const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const UNPACK_TIMEOUT_MS = 2 * 60_000;

/**
 * Downloads packages with apt and unpacks them below `into`; nothing is installed and no root is needed.
 *
 * @throws MachineError `ERR_LAB_PACKAGE_UNKNOWN` when apt's lists are absent or too old
 */
export async function unpackPackages(
  { host, options }: Apt,
  names: readonly string[],
  into: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const debs = `${into}.debs`;
  await Promise.all([mkdir(debs, { recursive: true }), mkdir(into, { recursive: true })]);
  const downloaded = await host.runner.run("apt-get", [...options, "download", "-q", ...names], {
    cwd: debs,
    signal,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  assertSuccess(downloaded, { code: "ERR_LAB_PACKAGE_UNKNOWN", hint: STALE_LISTS });
  for (const deb of await readdir(debs)) {
    assertSuccess(
      await host.runner.run("dpkg-deb", ["--extract", join(debs, deb), into], {
        signal,
        timeoutMs: UNPACK_TIMEOUT_MS,
      }),
    );
  }
}

/** The package that a package of packages, such as `linux-image-cloud-amd64`, stands for. */
export async function firstDependency(apt: Apt, name: string): Promise<string> {
  const [first] = parseDependencies(await dependsOutput(apt, [name]));
  if (first !== undefined) return first;
  throw new MachineError(`apt knows no package that ${name} depends on`, {
    code: "ERR_LAB_PACKAGE_UNKNOWN",
    hint: STALE_LISTS,
  });
}

/** `names` and every library that they need, directly or not. */
export async function withLibraries(apt: Apt, names: readonly string[]): Promise<string[]> {
  const all = new Set(names);
  let added: readonly string[] = names;
  while (added.length > 0) {
    const dependencies = parseDependencies(await dependsOutput(apt, added));
    added = dependencies.filter((name) => /^(?:lib|zlib)/.test(name) && !all.has(name));
    for (const name of added) all.add(name);
  }
  return [...all];
}

async function dependsOutput({ host, options }: Apt, names: readonly string[]): Promise<string> {
  const args = [...options, "depends", "--important", ...names];
  const result = await host.runner.run("apt-cache", args);
  return assertSuccess(result, { code: "ERR_LAB_PACKAGE_UNKNOWN", hint: STALE_LISTS }).stdout;
}

/** Reads `apt-cache depends`: virtual packages stand in angle brackets and are passed over. */
export function parseDependencies(stdout: string): string[] {
  const names = [...stdout.matchAll(/^ *\|?(?:Pre)?Depends: ([^<\s]+)$/gm)];
  return [...new Set(names.map((match) => match[1] ?? "").map((name) => name.split(":")[0] ?? ""))];
}

const STALE_LISTS =
  "Run as root: apt-get update. The guest is made of Debian's packages: other distributions may not have them.";
