import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createHost } from "./host.js";
import type { CommandResult, RunOptions } from "./runner.js";

/** The project in which README examples run when it is not the package itself: an environment variable. */
const PROJECT_VARIABLE = "VFM_README_PROJECT";

/** The code of the first `ts` block of a README. @throws Error when there is none */
export function firstExample(readme: string): string {
  const match = /^```ts\n([\s\S]*?)^```$/m.exec(readme);
  if (match?.[1] === undefined) throw new Error("the README has no ```ts block");
  return match[1];
}

/**
 * Runs the first `ts` block of a README as a program of its own, as a reader would: it imports the
 * package by name. It is put into the package's directory, where the name resolves to the build, or
 * into the project named by `VFM_README_PROJECT`, where it resolves to what npm installed.
 *
 * @param readmePath absolute, or relative to the current directory
 */
export async function runReadmeExample(
  readmePath: string,
  options: Pick<RunOptions, "cwd" | "env" | "input" | "timeoutMs"> = {},
): Promise<CommandResult> {
  const host = createHost();
  const code = firstExample(await readFile(readmePath, "utf8"));
  const project = host.env[PROJECT_VARIABLE] ?? dirname(resolve(readmePath));
  const path = join(project, `.readme-example-${process.pid}-${Date.now()}.mjs`);
  await writeFile(path, code, { flag: "wx" });
  try {
    return await host.runner.run(process.execPath, [path], options);
  } finally {
    await rm(path, { force: true });
  }
}
