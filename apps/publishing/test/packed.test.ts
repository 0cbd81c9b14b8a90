import { createHost } from "@vfkit-machine/host";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PACKAGES = fileURLToPath(new URL("../../../packages", import.meta.url));
const host = createHost();

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const names = (await readdir(PACKAGES)).toSorted();
const manifests = new Map<string, Manifest>();
for (const name of names) {
  const text = await readFile(join(PACKAGES, name, "package.json"), "utf8");
  manifests.set(name, JSON.parse(text) as Manifest);
}

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "packed-"));
  const tarballs = join(project, "tarballs");
  await mkdir(tarballs);
  const files: Record<string, string> = {};
  for (const [name, manifest] of manifests) {
    // pnpm, because only it turns `workspace:` and `catalog:` into versions.
    await run("pnpm", ["pack", "--pack-destination", tarballs], join(PACKAGES, name));
    files[manifest.name] = `file:tarballs/vfkit-machine-${name}-${manifest.version}.tgz`;
  }
  const own = {
    name: "empty",
    private: true,
    type: "module",
    dependencies: files,
    overrides: files,
  };
  await writeFile(join(project, "package.json"), JSON.stringify(own));
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], project);
}, 5 * 60_000);

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

describe.each(names)("%s, packed and installed into an empty project", (name) => {
  it("holds its README, its licence field and its build, and nothing else", async () => {
    const folder = join(project, "node_modules", "@vfkit-machine", name);
    expect((await readdir(folder)).filter((entry) => entry !== "node_modules").toSorted()).toEqual([
      "README.md",
      "dist",
      "package.json",
    ]);
    const built = await readdir(join(folder, "dist"), { recursive: true });
    expect(built.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it("can be imported, and required", async () => {
    const manifest = manifests.get(name);
    if (manifest?.exports === undefined) return;
    const specifiers = Object.keys(manifest.exports).map((path) => join(manifest.name, path));
    const esm = specifiers.map((specifier) => `await import("${specifier}")`).join(";");
    expect(await run(process.execPath, ["--input-type=module", "-e", esm], project)).toBe("");
    const cjs = specifiers.map((specifier) => `require("${specifier}")`).join(";");
    expect(await run(process.execPath, ["--input-type=commonjs", "-e", cjs], project)).toBe("");
  });

  it("runs its README's example there", { timeout: 120_000 }, async () => {
    const vitest = [
      "exec",
      "vitest",
      "run",
      "--config",
      "../../vitest.config.ts",
      "test/readme.test.ts",
    ];
    const env = { ...process.env, VFM_README_PROJECT: project };
    const args = [...vitest, "--reporter=dot"];
    expect(await run("pnpm", args, join(PACKAGES, name), env)).toContain("1 passed");
  });
});

/** Stdout of a command that must succeed. */
async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const result = await host.runner.run(file, args, { cwd, env, timeoutMs: 4 * 60_000 });
  if (result.exitCode === 0) return result.stdout;
  throw new Error(`${file} ${args.join(" ")} in ${cwd}:\n${result.stdout}${result.stderr}`);
}
