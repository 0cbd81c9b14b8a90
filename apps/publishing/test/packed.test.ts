import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileConsumer } from "./support/consumer.js";
import {
  type Manifest,
  openProject,
  type Project,
  publishedFolders,
  readManifest,
  ROOT,
} from "./support/project.js";
import { type ReadmeOutcome, runReadmes } from "./support/readmes.js";

const REPOSITORY_URL = "git+https://github.com/vfkit-machine/vfkit-machine.git";
const attw = join(
  dirname(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json")),
  "dist/index.js",
);

const manifests = new Map<string, Manifest>();
for (const folder of await publishedFolders()) {
  manifests.set(folder, await readManifest(join(ROOT, folder)));
}
const libraries = [...manifests].filter(([, { exports }]) => exports !== undefined);

/** As users import them: `@vfkit-machine/host`, `@vfkit-machine/host/testing`. */
const specifiersOf = ({ name, exports = {} }: Manifest): readonly string[] =>
  Object.keys(exports).map((path) => join(name, path));

let project: Project;
let readmes: ReadonlyMap<string, ReadmeOutcome>;

/** Evaluates a list of modules in the project; `true` for each that exports something. */
const loadAll = (type: "module" | "commonjs", list: string): Promise<string> => {
  const count = "map((entry) => Object.keys(entry).length > 0)";
  const program = `console.log([${list}].${count}.join(" "))`;
  return project.run(process.execPath, [`--input-type=${type}`, "-e", program]);
};

beforeAll(async () => {
  project = await openProject();
  readmes = await runReadmes(project);
}, 5 * 60_000);

afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
});

describe.each([...manifests])(
  "%s, packed and installed into an empty project",
  (folder, source) => {
    const installed = (): string => join(project.directory, "node_modules", source.name);

    it("tells npm and its readers what it is", async () => {
      const manifest = await readManifest(installed());
      expect(manifest).toMatchObject({
        license: "Apache-2.0",
        type: "module",
        engines: { node: ">=20.19" },
        repository: { type: "git", url: REPOSITORY_URL, directory: folder },
      });
      expect(manifest.description).toMatch(/^\S.{20,}/);
      expect(manifest.keywords?.length).toBeGreaterThan(2);
      expect(Object.values(manifest.dependencies ?? {}).join(" ")).not.toMatch(
        /workspace:|catalog:/,
      );
      for (const target of Object.values(manifest.exports ?? {})) {
        expect(Object.keys(target)).toEqual(["types", "default"]);
      }
    });

    it("holds its README, the licence and its build, and nothing else", async () => {
      const entries = await readdir(installed());
      // The program brings its manual page.
      const man = folder === "apps/cli" ? ["man"] : [];
      expect(entries.filter((entry) => entry !== "node_modules").toSorted()).toEqual([
        "LICENSE",
        "README.md",
        "dist",
        ...man,
        "package.json",
      ]);
      const licence = await readFile(join(installed(), "LICENSE"), "utf8");
      expect(licence).toBe(await readFile(join(ROOT, "LICENSE"), "utf8"));
      const built = await readdir(join(installed(), "dist"), {
        recursive: true,
        withFileTypes: true,
      });
      const files = built.filter((entry) => entry.isFile()).map(({ name }) => name);
      expect(files.filter((name) => !/^[a-z0-9-]+\.(?:js|d\.ts)$/.test(name))).toEqual([]);
      expect(files.length).toBeGreaterThan(0);
    });
  },
);

describe.each(libraries)("%s, packed and installed into an empty project", (folder, manifest) => {
  it("can be imported, and required", async () => {
    const specifiers = specifiersOf(manifest);
    const esm = specifiers.map((specifier) => `await import("${specifier}")`).join();
    const cjs = specifiers.map((specifier) => `require("${specifier}")`).join();
    const loaded = `${specifiers.map(() => "true").join(" ")}\n`;
    expect(await loadAll("module", esm)).toBe(loaded);
    expect(await loadAll("commonjs", cjs)).toBe(loaded);
  });

  it("has types that match what runs (are-the-types-wrong)", async () => {
    const { tarball } = project.packed.find(({ name }) => name === manifest.name) ?? {};
    const args = [attw, "--profile", "esm-only", "--no-emoji", "--no-color", String(tarball)];
    expect(await project.run(process.execPath, args)).toContain("OK (ESM)");
  });

  it("runs its README's example there", ({ skip }) => {
    const { status, messages } = readmes.get(folder) ?? { status: "absent", messages: [] };
    // As the package's own test is where something is missing, with the reason in its title.
    skip(status === "skipped", messages.join(" "));
    expect({ status, messages }).toMatchObject({ status: "passed" });
  });
});

describe("all of them, installed together", () => {
  it("are everything that is published, and none comes from the registry", async () => {
    expect(project.packed.map(({ folder }) => folder).toSorted()).toEqual(
      [...manifests.keys()].toSorted(),
    );
    const lock = JSON.parse(
      await readFile(join(project.directory, "package-lock.json"), "utf8"),
    ) as {
      readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
    };
    const ours = Object.entries(lock.packages).filter(([path]) =>
      /node_modules\/(?:@vfkit-machine\/[^/]+|vfkit-machine)$/.test(path),
    );
    expect(ours).toHaveLength(manifests.size);
    expect(ours.filter(([, { resolved }]) => !resolved?.startsWith("file:"))).toEqual([]);
  });

  it("compile in a strict TypeScript program that checks their declarations too", async () => {
    const specifiers = libraries.flatMap(([, manifest]) => specifiersOf(manifest));
    expect(await compileConsumer(project, specifiers)).toBe("");
  });

  it("have executables that start: vfm and vfkit-qemu", async () => {
    const bin = (name: string): string => join(project.directory, "node_modules/.bin", name);
    const { version } = await readManifest(join(ROOT, "apps/cli"));
    expect(await project.run(bin("vfm"), ["--version"])).toBe(`vfm ${version}\n`);
    const store = { VFM_HOME: join(project.directory, "store") };
    expect(await project.run(bin("vfm"), ["--json", "list"], store)).toBe("[]\n");
    expect(await project.run(bin("vfkit-qemu"), ["--version"])).toMatch(/^vfkit version: v\d/);
  });

  it("fill the Homebrew formula with the version and the tarball's SHA-256 sum", async () => {
    const { version, tarball } = project.packed.find(({ name }) => name === "vfkit-machine") ?? {};
    const script = join(ROOT, "scripts/homebrew.mjs");
    const formula = await project.run(process.execPath, [script, dirname(String(tarball))]);
    const [sum] = (await project.run("shasum", ["-a", "256", String(tarball)])).split(" ");
    expect(formula).toContain(`vfkit-machine-${version}.tgz"`);
    expect(formula).toContain(`sha256 "${sum}"`);
    expect(formula).not.toMatch(/@[A-Z0-9]+@/);
  });
});
