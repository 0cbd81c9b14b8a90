import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const INDEX = new URL("../dist/index.js", import.meta.url).href;

/** Resolves nothing that takes long to load. */
const HOOKS = `export async function resolve(specifier, context, next) {
  const slow = ["execa", "write-file-atomic", "node:child_process"];
  if (slow.includes(specifier)) throw new Error(specifier + " was asked for");
  return next(specifier, context);
}`;

function load(then: string): { readonly stdout: string; readonly stderr: string } {
  const hooks = `data:text/javascript,${encodeURIComponent(HOOKS)}`;
  const script = `
    import { register } from "node:module";
    register(${JSON.stringify(hooks)});
    const { createHost, writeFileAtomic } = await import(${JSON.stringify(INDEX)});
    const host = createHost();
    ${then}`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

test("the package loads without what a command, a daemon or a write asks for", () => {
  expect(load('console.log("loaded")').stdout).toBe("loaded\n");
});

test.each([
  ["a command", "execa", 'host.runner.run("true", [])'],
  ["a daemon", "node:child_process", 'host.runner.startDaemon("true", [])'],
  ["a write", "write-file-atomic", 'writeFileAtomic("/nowhere/file", "")'],
])("%s asks for %s", (_what, specifier, expression) => {
  expect(load(`await ${expression}`).stderr).toContain(`${specifier} was asked for`);
});
