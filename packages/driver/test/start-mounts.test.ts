import { quoteShell } from "@vfkit-machine/guest-ssh";
import { createHost } from "@vfkit-machine/host";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mountCommand } from "../src/start-mounts.js";
import { TEMPORARY } from "./world.js";

const { runner } = createHost();
const canMount =
  process.geteuid?.() === 0 &&
  process.platform === "linux" &&
  (await runner.run("unshare", ["-m", "true"])).exitCode === 0;

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(TEMPORARY, "vfm-")));
  await writeFile(join(directory, "sudo"), '#!/bin/sh\necho "$@" >>"$0.log"\n', { mode: 0o755 });
});
afterEach(() => rm(directory, { recursive: true }));

/** What a script has sudo do in the guest's shell. */
async function sudoCommands(script: string): Promise<string[]> {
  const env = { PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin` };
  expect(await runner.run("sh", ["-c", script], { env })).toMatchObject({
    exitCode: 0,
    stderr: "",
  });
  const log = await readFile(join(directory, "sudo.log"), "utf8").catch(() => "");
  return log.split("\n").filter((line) => line !== "");
}

describe.skipIf(process.platform !== "linux")("the command that mounts (needs Linux)", () => {
  it("mounts also where the guest has mounted something of its own", async () => {
    expect(await sudoCommands(mountCommand("vfm-0", "/proc"))).toEqual([
      "mkdir -p /proc",
      "mount -t virtiofs vfm-0 /proc",
    ]);
  });

  it.skipIf(!canMount)("does nothing where it has been mounted (needs root)", async () => {
    const command = mountCommand("vfm-1", "/mnt");
    const withTag = (tag: string): Promise<string[]> =>
      sudoCommands(`unshare -m sh -c ${quoteShell([`mount -t tmpfs ${tag} /mnt; ${command}`])}`);
    expect(await withTag("vfm-1")).toEqual([]);
    // That is another mount's.
    expect(await withTag("vfm-10")).toHaveLength(2);
  });
});
