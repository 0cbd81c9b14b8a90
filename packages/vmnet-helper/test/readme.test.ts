import { runReadmeExample } from "@vfkit-machine/host/testing";
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FIXTURE } from "./support.js";

it("the example of the README runs, where macOS 26 and Homebrew's helper are played by fixtures", async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "helper-")));
  try {
    await mkdir(join(dir, "bin"));
    await writeFile(join(dir, "bin/sw_vers"), "#!/bin/sh\necho 26.1\n", { mode: 0o755 });
    await copyFile(FIXTURE, join(dir, "bin/vmnet-helper"));
    const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
      cwd: dir,
      env: { PATH: `${join(dir, "bin")}:${process.env["PATH"]}`, HOMEBREW_PREFIX: dir },
    });
    expect(result).toMatchObject({
      stderr: "",
      stdout: `up: 0a:d6:36:c1:ea:f3 on ${dir}/vmnet-helper.sock\nterminated\n`,
    });
    expect((await readdir(dir)).toSorted()).toEqual(["bin", "vmnet-helper.log"]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
