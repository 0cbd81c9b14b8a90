import { createHost, type CommandResult } from "@vfkit-machine/host";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { machinePaths } from "../src/machine-paths.js";
import { readVfkitProcess } from "../src/vfkit-process.js";
import { TEMPORARY } from "./world.js";

it("a vfkit that is just dying, of which macOS' ps knows its name alone, is waited for", async () => {
  const directory = await mkdtemp(join(TEMPORARY, "vfm-"));
  const startTime = "Sun Nov 22 02:11:00 2026";
  const answers = [`${startTime} ?E (vfkit)\n`, `${startTime} ?E (vfkit)\n`, ""];
  const ps = async (file: string): Promise<CommandResult> => {
    const stdout = answers.shift() ?? "";
    const exitCode = stdout === "" ? 1 : 0;
    return { argv: [file], exitCode, signal: undefined, stdout, stderr: "" };
  };
  const { runner } = createHost();
  const host = createHost({ platform: "darwin", runner: { ...runner, run: ps } });
  const paths = machinePaths(directory, "c1", 0);
  const record = JSON.stringify({ startTime, socket: paths.vfkitSocket, startedAt: Date.now() });
  await writeFile(paths.vfkitPid, `${process.pid}\n${record}\n`);
  expect(await readVfkitProcess(host, paths)).toMatchObject({ info: undefined });
  expect(answers).toEqual([]);
  await rm(directory, { recursive: true });
});
