import { runReadmeExample } from "@vfkit-machine/host/testing";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openWorld } from "./world.js";

it("the README's example runs", async () => {
  await using world = await openWorld();
  await copyFile(world.iso, join(world.directory, "boot2docker.iso"));
  const preload = new URL("fixtures/use-surroundings.mjs", import.meta.url).href;
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
    cwd: world.directory,
    env: {
      ...world.host.env,
      ...(process.env["VFM_README_PROJECT"] === undefined
        ? {}
        : { VFM_README_PROJECT: process.env["VFM_README_PROJECT"] }),
      VFM_HOME: world.storeDir,
      GUEST_SSH_PORT: String(world.sshPort),
      NODE_OPTIONS: `--import ${preload}`,
    },
  });
  expect(result.stderr).toMatch(/^\d+ ms check\.started\n[^]*\n\d+ ms remove\.done\n$/);
  expect(result.stdout).toMatch(
    /^c1: Running\ndocker -H tcp:\/\/127\.\d+\.\d+\.\d+:2376 version\nstopped: graceful\nleft behind: 0\n$/,
  );
  expect(result.exitCode).toBe(0);
});
