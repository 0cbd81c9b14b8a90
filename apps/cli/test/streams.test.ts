import { createHost, type CommandResult } from "@vfkit-machine/host";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VFM } from "./support.js";

// Where the standard streams lead nowhere: what was asked for is done, and said by the exit code.
const host = createHost();
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "vfm-streams-"));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Descriptor 4 is a pipe from which nobody reads. */
const DEAF = 'rm -f deaf; mkfifo deaf; exec 3<>deaf 4>deaf 3<&-; trap "" PIPE;';

const sh = (script: string): Promise<CommandResult> =>
  host.runner.run("/bin/sh", ["-c", `cd '${home}'; ${script}`], {
    env: { ...host.env, VFM_HOME: join(home, "store"), VFM: `${process.execPath} ${VFM}` },
  });

const hasFull = existsSync("/dev/full");

describe("vfm", () => {
  it("goes on when nobody reads its progress any more", async () => {
    expect(await sh(`${DEAF} $VFM status c1 2>&4`)).toMatchObject({ exitCode: 4, stderr: "" });
    expect(await sh(`${DEAF} $VFM list 2>&4`)).toMatchObject({ exitCode: 0 });
  });

  it("tells of a failure by its exit code though nobody reads the result", async () => {
    expect(await sh(`${DEAF} $VFM status c1 --json >&4`)).toMatchObject({
      exitCode: 4,
      stderr: "",
    });
    expect(await sh(`${DEAF} $VFM --help >&4`)).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it.skipIf(!hasFull)(
    "says that a result cannot be written, without a stack (needs /dev/full, as on Linux)",
    async () => {
      const failed = await sh("$VFM list --json > /dev/full");
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toMatch(/^error: cannot write to standard output: ENOSPC\n/);
      const both = await sh("$VFM ip c1 --json > /dev/full");
      expect(both.exitCode).toBe(4);
      expect(both.stderr).toMatch(/^error: there is no machine c1/);
      expect(both.stderr).not.toMatch(/^ +at /m);
      const mute = await sh("$VFM status c1 2> /dev/full");
      expect(mute).toMatchObject({ exitCode: 4 });
    },
  );

  it("waits for what a pipe says, and ends at the second Ctrl-C when it says nothing", async () => {
    const fifo = join(home, "description");
    execFileSync("mkfifo", [fifo]);
    const child = spawn(process.execPath, [VFM, "create", "--file", fifo]);
    // Opens when vfm has opened it, and says nothing.
    const writer = await open(fifo, "w");
    const ended = once(child, "exit");
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    await writer.close();
    expect(["SIGINT", "SIGTERM"]).toContain(signal);
  });

  it("says without a stack that it may open no more files", async () => {
    const { exitCode, stderr } = await sh("ulimit -n 30; $VFM status c1");
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).not.toMatch(/^Node\.js v/m);
  });
});
