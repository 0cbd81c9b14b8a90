import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IN_LAB, ISO, openStore, SIZE } from "./surroundings.js";

const MIB = 1024 * 1024;

interface Inspection {
  readonly state: string;
  readonly ip: string | null;
  readonly url: string;
  readonly directory: string;
  readonly ssh: { readonly port: number; readonly user: string; readonly keyPath: string };
}

describe("one machine on nat, from create to remove", () => {
  let vfm: Awaited<ReturnType<typeof openStore>>;
  let directory: string;
  let publicKey: string;
  const ssh = (...words: readonly string[]): Promise<string> => vfm.ok("ssh", "c1", "--", ...words);

  beforeAll(async () => {
    vfm = await openStore();
  });
  afterAll(async () => {
    await vfm[Symbol.asyncDispose]();
  });

  it("create makes it, boots it, and prints where it is", async () => {
    const result = await vfm.run([
      "create",
      "c1",
      "--iso",
      ISO,
      ...SIZE,
      "--extra-disk",
      "64MiB",
      "--extra-disk",
      "1GiB",
    ]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/^c1 is running at \d+\.\d+\.\d+\.\d+\n$/);
    expect(result.stderr).toContain("SSH answers");
    const seen = await vfm.json<Inspection>("inspect", "c1");
    expect(seen).toMatchObject({ state: "Running", ssh: { port: 22, user: "docker" } });
    expect(seen.url).toBe(`tcp://${seen.ip}:2376`);
    directory = seen.directory;
    publicKey = (await readFile(`${seen.ssh.keyPath}.pub`, "utf8")).trim();
    expect((await stat(seen.ssh.keyPath)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it("ssh runs a command as docker and passes output and exit code on", async () => {
    expect(await ssh("whoami")).toBe("docker");
    expect((await vfm.run(["ssh", "c1", "--", "sh", "-c", "exit 7"])).exitCode).toBe(7);
    expect(await ssh("echo", "two  words", "$HOME")).toBe("two  words $HOME");
    expect((await vfm.run(["ssh", "c1", "--", "cat"], { input: "from stdin\n" })).stdout).toBe(
      "from stdin\n",
    );
    expect(await ssh("sudo", "id", "-u")).toBe("0");
  });

  it("the guest took the keys from the first 4096 bytes and formatted the data disk", async () => {
    expect(await ssh("cat", "/home/docker/.ssh/authorized_keys")).toBe(publicKey);
    expect(await ssh("sudo", "findfs", "LABEL=boot2docker-data")).toMatch(/^\/dev\/vd[a-z]/);
    const head = Buffer.alloc(29);
    await using image = await open(join(directory, "disk.img"));
    await image.read(head, 0, head.length, 0);
    expect(head.toString("latin1")).not.toBe("boot2docker, please format-me");
  });

  it.skipIf(!IN_LAB)(
    "the guest took 4096 bytes, no more (needs the lab's guest, which keeps them)",
    async () => {
      expect(await ssh("stat -c %s /var/lib/boot2docker/userdata.tar")).toBe("4096");
    },
  );

  it("the guest sees the extra disks, in order, with their sizes", async () => {
    const sectors = await ssh("cat", "/sys/block/vdc/size", "/sys/block/vdd/size");
    expect(sectors.split("\n").map((count) => Number(count) * 512)).toEqual([64 * MIB, 1024 * MIB]);
  });

  it("stop shuts the guest down by its power button, and stopping again succeeds", async () => {
    await ssh(
      "sudo sh -c 'echo kept > /var/lib/boot2docker/proof && sync' || sudo sh -c 'echo kept > /mnt/*/proof'",
    );
    expect(await vfm.json("stop", "c1")).toMatchObject({ outcome: "graceful" });
    expect(await vfm.ok("status", "c1")).toBe("Stopped");
    expect(await vfm.ok("url", "c1")).toBe("");
    expect(await vfm.json("stop", "c1")).toMatchObject({ outcome: "already-stopped" });
    const ip = await vfm.run(["ip", "c1"]);
    expect(ip.exitCode).toBe(1);
    expect(ip.stderr).toMatch(/not running|Stopped/);
  });

  it("start brings back the same disk and the same key", async () => {
    await vfm.ok("start", "c1");
    expect(await vfm.ok("status", "c1")).toBe("Running");
    expect(await ssh("cat", "/var/lib/boot2docker/proof")).toBe("kept");
    expect(await ssh("cat", "/home/docker/.ssh/authorized_keys")).toBe(publicKey);
    const again = await vfm.run(["start", "c1"]);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toMatch(/already running/i);
  });

  it("pause and resume go through REST", async () => {
    await vfm.ok("pause", "c1");
    expect(await vfm.ok("status", "c1")).toBe("Paused");
    await vfm.ok("resume", "c1");
    expect(await vfm.ok("status", "c1")).toBe("Running");
    expect(await ssh("echo", "awake")).toBe("awake");
  });

  it("restart leaves it running as a new process", async () => {
    const boot = await ssh("cat", "/proc/sys/kernel/random/boot_id");
    expect(await vfm.json("restart", "c1")).toMatchObject({
      state: "Running",
      stopOutcome: "graceful",
    });
    expect(await ssh("cat", "/proc/sys/kernel/random/boot_id")).not.toBe(boot);
    expect(await ssh("cat", "/var/lib/boot2docker/proof")).toBe("kept");
  });

  it("kill cuts the power", async () => {
    expect(await vfm.json("kill", "c1")).toMatchObject({ outcome: "killed" });
    expect(await vfm.ok("status", "c1")).toBe("Stopped");
  });

  it("rm deletes everything it has", async () => {
    await vfm.ok("rm", "c1");
    await expect(stat(directory)).rejects.toMatchObject({ code: "ENOENT" });
    expect((await vfm.run(["status", "c1"])).exitCode).toBe(4);
    expect(await vfm.ok("list", "--names")).toBe("");
  });
});
