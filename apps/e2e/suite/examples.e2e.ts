import { createHost } from "@vfkit-machine/host";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { REPOSITORY } from "../src/vfm.js";
import { ISO, MEMORY_MIB, openStore, VMNET_SHARED } from "./surroundings.js";

const example = (name: string): string => join(REPOSITORY, "examples", name);

describe("the programs in examples/", () => {
  let vfm: Awaited<ReturnType<typeof openStore>>;
  let directory: string;

  beforeAll(async () => {
    vfm = await openStore();
    directory = await mkdtemp(join(tmpdir(), "examples-"));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
    await vfm[Symbol.asyncDispose]();
  });

  /** Stdout of an example that must succeed. */
  const run = async (name: string, ...args: readonly string[]): Promise<string> => {
    const result = await createHost().runner.run(process.execPath, [example(name), ...args], {
      cwd: directory,
      env: { ...vfm.env },
      timeoutMs: 4 * 60_000,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    return result.stdout;
  };

  it("iso-to-vfkit.mjs prints a command, and small-driver.mjs boots what it made", async () => {
    expect(await run("iso-to-vfkit.mjs", ISO, "machine")).toMatch(
      /^vfkit --cpus 2 .*virtio-net,nat/,
    );
    const said = await run("small-driver.mjs", "machine", String(MEMORY_MIB));
    expect(said).toMatch(/^running: 1 CPU, \d+ MiB, 4 devices\n/);
    expect(said).toMatch(/ took the key after \d+ attempts: Linux \S+\nthe guest shut down\n$/);
  });

  it("shared-directory.mjs: the guest reads and writes it", async () => {
    const said = await run("shared-directory.mjs", ISO, String(MEMORY_MIB));
    expect(said).toContain("type virtiofs");
    expect(said).toContain("the guest counted 4\n");
    expect(await vfm.ok("list", "--names")).toBe("");
  });

  it.skipIf(!VMNET_SHARED)(
    "two-machines.mjs: one reaches the other by name (needs vmnet-helper)",
    async () => {
      const said = await run("two-machines.mjs", ISO, String(MEMORY_MIB));
      expect(said).toMatch(/^web is at [\d.]+, client at [\d.]+\n/);
      expect(said).toContain(" 0% packet loss");
      expect(await vfm.ok("list", "--names")).toBe("");
    },
  );

  it("watch-leases.mjs prints a lease as soon as it is written", async () => {
    const leases = join(directory, "dhcpd_leases");
    const child = spawn(process.execPath, [example("watch-leases.mjs"), leases]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout });
    const expiry = Math.floor(Date.now() / 1000 + 3600).toString(16);
    const entry = `{\n\tname=c1\n\tip_address=192.168.64.9\n\thw_address=1,8e:1:99:9c:54:b1\n\tlease=0x${expiry}\n}\n`;
    // As bootpd replaces the file: written aside and renamed.
    await writeFile(`${leases}-`, entry);
    await rename(`${leases}-`, leases);
    expect(await once(lines, "line")).toEqual(['192.168.64.9 8e:01:99:9c:54:b1 "c1"']);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });
});
