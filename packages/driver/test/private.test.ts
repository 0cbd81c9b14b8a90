import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { openWorld } from "./world.js";

const WATCH = fileURLToPath(new URL("fixtures/watch-modes.mjs", import.meta.url));

/** Everything in a directory that others could use for a moment, from now until `end`. */
async function watchModes(directory: string) {
  const child = spawn(process.execPath, [WATCH, directory], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child.stdout, "data");
  return {
    end: async (): Promise<string[]> => {
      const ended = once(child, "close");
      child.stdin.end();
      await ended;
      return said.trim().split("\n").slice(1);
    },
  };
}

it("under umask 000 nothing in the store is ever anybody else's, its sockets neither, but for the public key and the image", async () => {
  await using world = await openWorld();
  const umask = process.umask(0);
  const watched = await watchModes(world.storeDir);
  try {
    const options = world.options({ network: "vmnet-shared", extraDiskSizesMiB: [1] });
    const machine = await createMachine(options, world.context);
    await machine.restart();
    await machine.pause();
    await machine.resume();
    await machine.remove();
  } finally {
    process.umask(umask);
  }
  const seen = (await watched.end()).map((line) => line.replace(world.storeDir, ""));
  expect(seen.length).toBeGreaterThan(0);
  // The public key is written aside, under a name of its own. A clone of the image has the image's mode
  // for a moment; nothing in it is secret, and nobody else may enter the directory.
  const isPublic = [
    /^644 \/machines\/(?:\.c1\.creating|\.c1\.removing|c1)\/id_ed25519\.pub(?:\.[\da-f-]+)?$/,
    /^644 \/machines\/\.c1\.creating\/boot2docker\.iso$/,
  ];
  expect(seen.filter((line) => !isPublic.some((pattern) => pattern.test(line)))).toEqual([]);
});
