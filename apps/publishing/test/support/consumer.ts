import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Project } from "./project.js";

const require = createRequire(import.meta.url);

/**
 * Compiles a program that imports every entry, as strictly as a user might, declarations included.
 *
 * @param specifiers what it imports, as in `@vfkit-machine/host/errors`
 * @returns what the compiler prints: nothing
 * @throws Error with the compiler's words
 */
export async function compileConsumer(
  project: Project,
  specifiers: readonly string[],
): Promise<string> {
  const lines = specifiers.map((name, index) => `export * as entry${index} from "${name}";`);
  await writeFile(join(project.directory, "consumer.mts"), `${lines.join("\n")}\n`);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const typeRoots = dirname(dirname(require.resolve("@types/node/package.json")));
  const checks = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--skipLibCheck",
    "false",
  ];
  const target = [
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--lib",
    "es2023,esnext.disposable",
  ];
  const ambient = ["--typeRoots", typeRoots, "--types", "node"];
  const args = [compiler, ...checks, ...target, ...ambient, "consumer.mts"];
  return project.run(process.execPath, args);
}
