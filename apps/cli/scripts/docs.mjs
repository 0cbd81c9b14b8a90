// Writes docs/cli and the manual page from the built program; test/docs.test.ts compares.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { documentationFiles } from "../dist/docs/files.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
rmSync(join(repository, "docs/cli"), { recursive: true, force: true });
for (const [path, text] of documentationFiles()) {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
}
const { status } = spawnSync("npx", ["oxfmt", "--write", "docs/cli"], {
  cwd: repository,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
