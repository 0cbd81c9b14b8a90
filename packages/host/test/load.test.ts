import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const INDEX = new URL("../dist/index.js", import.meta.url).href;

/** Resolves nothing named execa. */
const HOOKS = `export async function resolve(specifier, context, next) {
  if (specifier === "execa") throw new Error("execa was asked for");
  return next(specifier, context);
}`;

function load(then: string): { readonly stdout: string; readonly stderr: string } {
  const hooks = `data:text/javascript,${encodeURIComponent(HOOKS)}`;
  const script = `
    import { register } from "node:module";
    register(${JSON.stringify(hooks)});
    const { createHost } = await import(${JSON.stringify(INDEX)});
    const host = createHost();
    ${then}`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

test("the package loads without execa, which the first command asks for", () => {
  expect(load('console.log("loaded")').stdout).toBe("loaded\n");
  expect(load('await host.runner.run("true", [])').stderr).toContain("execa was asked for");
});
