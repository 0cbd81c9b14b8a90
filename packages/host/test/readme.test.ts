import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runReadmeExample } from "../src/testing.js";

it("the example of the README runs, and cleans up", async () => {
  const dir = await mkdtemp(join(tmpdir(), "host-readme-"));
  try {
    const result = await runReadmeExample(join(import.meta.dirname, "..", "README.md"), {
      cwd: dir,
    });
    expect(result).toMatchObject({
      stderr: "",
      stdout: "1\nsleep 600\nterminated\nERR_TIMEOUT waiting for a bus: gave up after 50 ms\n",
      exitCode: 0,
    });
    expect(await readdir(dir)).toEqual([]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
