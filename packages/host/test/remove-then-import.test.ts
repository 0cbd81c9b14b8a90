import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const INDEX = new URL("../dist/index.js", import.meta.url).href;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "linked-"));
  // As pnpm lays packages out: a link to a directory beside whose real place its dependency lies.
  await mkdir(join(dir, "store", "node_modules", "inner"), { recursive: true });
  await mkdir(join(dir, "store", "linked"));
  await writeFile(join(dir, "store", "node_modules", "inner", "index.js"), "module.exports = 42;");
  await writeFile(join(dir, "store", "linked", "index.mjs"), 'export { default } from "inner";');
  await symlink(join("store", "linked"), join(dir, "link"));
  await writeFile(join(dir, "first.mjs"), "");
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A program that removes a socket and then imports a linked package for the first time. */
function program(remove: string): string {
  return `
    import { createServer } from "node:net";
    import { once } from "node:events";
    import { mkdir, rm } from "node:fs/promises";
    import { removeIfPresent, removeTree } from ${JSON.stringify(INDEX)};
    // Node.js remembers the directories on the way, which is where it goes wrong.
    await import(${JSON.stringify(join(dir, "first.mjs"))});
    await mkdir("d");
    const server = createServer().listen("d/socket");
    await once(server, "listening");
    await ${remove};
    const { default: answer } = await import(${JSON.stringify(join(dir, "link", "index.mjs"))});
    server.close();
    await rm("d", { recursive: true, force: true });
    console.log(answer);`;
}

test.each(['removeIfPresent("d/socket")', 'removeTree("d")'])(
  "after %s a linked package can still be imported",
  (remove) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", program(remove)],
      { cwd: dir, encoding: "utf8", timeout: 20_000 },
    );
    expect({ stdout, stderr }).toEqual({ stdout: "42\n", stderr: "" });
  },
);
