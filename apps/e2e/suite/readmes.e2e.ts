import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../src/vfm.js";
import { ISO, openStore, VMNET_SHARED } from "./surroundings.js";

/** The commands of the first code block under a heading, one a line, without the prompt. */
function commandsUnder(readme: string, heading: string): readonly string[] {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`));
  const block = /^```(?:sh|console)\n([\s\S]*?)^```$/m.exec(section)?.[1];
  if (block === undefined) throw new Error(`no commands under ${heading}`);
  return block
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\$ /, ""));
}

describe.skipIf(!VMNET_SHARED)("what the READMEs tell people to type (needs vmnet-helper)", () => {
  it.each([
    ["README.md", "The command"],
    ["apps/cli/README.md", "Use"],
  ])("%s: %s", async (file, heading) => {
    await using vfm = await openStore();
    const directory = await mkdtemp(join(tmpdir(), "readme-"));
    try {
      await symlink(ISO, join(directory, "boot2docker.iso"));
      const commands = commandsUnder(await readFile(join(REPOSITORY, file), "utf8"), heading);
      for (const command of commands) {
        const result = await vfm.host.runner.run("sh", ["-c", command], {
          cwd: directory,
          env: vfm.env,
          timeoutMs: 4 * 60_000,
        });
        expect({ command, ...result }).toMatchObject({ command, exitCode: 0 });
      }
      expect(await vfm.ok("list", "--names")).toBe("");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("README.md: The library", async () => {
    await using vfm = await openStore();
    const readme = await readFile(join(REPOSITORY, "README.md"), "utf8");
    const example = /^```js\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
    const path = "/absolute/path/boot2docker.iso";
    expect(example).toContain(path);
    const result = await vfm.host.runner.run(
      process.execPath,
      ["--input-type=module", "--eval", example.replace(path, ISO)],
      // Where the package's own name resolves to its build.
      { cwd: join(REPOSITORY, "packages/driver"), env: vfm.env, timeoutMs: 4 * 60_000 },
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toMatch(/^tcp:\/\/\d+\.\d+\.\d+\.\d+:2376\n$/);
    expect(await vfm.ok("list", "--names")).toBe("");
  });
});
