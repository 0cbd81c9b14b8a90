import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { followFile } from "../src/follow-file.js";

it("a log is followed until its machine is removed, and to its last word", async () => {
  const home = await mkdtemp(join(tmpdir(), "vfm-follow-"));
  try {
    const machine = join(home, "c1");
    const log = join(machine, "serial.log");
    await mkdir(machine);
    await writeFile(log, "first\n");
    let seen = "";
    const signal = AbortSignal.timeout(20_000);
    const write = (bytes: Uint8Array): void => {
      if (seen === "")
        void writeFile(log, "last\n", { flag: "a" }).then(() => rm(machine, { recursive: true }));
      seen += Buffer.from(bytes).toString();
    };
    await followFile(log, { follow: true, signal, write });
    expect(signal.aborted).toBe(false);
    expect(seen).toBe("first\nlast\n");
  } finally {
    await rm(home, { recursive: true });
  }
});
