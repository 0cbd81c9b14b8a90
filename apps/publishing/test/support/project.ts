import { createHost, type Host } from "@vfkit-machine/host";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../../..", import.meta.url));

/** The members of a package.json that matter to whoever installs the package. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly repository?: unknown;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What scripts/pack.mjs made of one package. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  /** Relative to the root of the repository. */
  readonly folder: string;
  /** Absolute path of the tarball. */
  readonly tarball: string;
}

/** An otherwise empty project in which npm installed every tarball. */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  readonly packed: readonly Packed[];
  /** Stdout of a command in the project. @throws Error with all it printed, unless it exits with 0 */
  run(
    file: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<string>;
}

/** An install asks the registry for hundreds of packages. */
const COMMAND_TIMEOUT_MS = 4 * 60_000;

/** Folders of the packages that are published, relative to the root. */
export async function publishedFolders(): Promise<readonly string[]> {
  const packages = await readdir(join(ROOT, "packages"));
  return [...packages.toSorted().map((name) => `packages/${name}`), "apps/cli"];
}

/** Packs everything with the script that a release uses, and installs it as a user would. */
export async function openProject(): Promise<Project> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "packed-")));
  const host = createHost();
  const run: Project["run"] = (file, args, env = {}) =>
    stdoutOf(host, file, args, { cwd: directory, env: { ...process.env, ...env } });
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const pack = join(ROOT, "scripts/pack.mjs");
    const report = await run(process.execPath, [pack, join(directory, "tarballs")]);
    const packed = JSON.parse(report) as readonly Packed[];
    await writeFile(join(directory, "package.json"), projectManifest(packed));
    await run("npm", [
      "install",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--prefer-offline",
    ]);
    return { directory, packed, run, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

export async function readManifest(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Manifest;
}

function projectManifest(packed: readonly Packed[]): string {
  const dependencies = Object.fromEntries(
    packed.map(({ name, tarball }) => [name, `file:${tarball}`]),
  );
  return JSON.stringify({ name: "empty", private: true, dependencies });
}

async function stdoutOf(
  host: Host,
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const result = await host.runner.run(file, args, { ...options, timeoutMs: COMMAND_TIMEOUT_MS });
  if (result.exitCode === 0) return result.stdout;
  const said = `${result.stdout}${result.stderr}`;
  throw new Error(`${file} ${args.join(" ")} exited with ${result.exitCode}:\n${said}`);
}
