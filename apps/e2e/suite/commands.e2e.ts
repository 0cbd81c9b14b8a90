import { spawn, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { jsonAs, problems } from "./schemas.js";
import { ISO, openStore, SIZE } from "./surroundings.js";

const MIB = 1024 * 1024;

interface Inspection {
  readonly ip: string;
  readonly directory: string;
}

describe("one machine, and the commands around it", () => {
  let vfm: Awaited<ReturnType<typeof openStore>>;
  let work: string;

  beforeAll(async () => {
    vfm = await openStore();
    work = join(vfm.home, "work dir");
    await mkdir(join(work, "shared"), { recursive: true });
    await writeFile(join(work, "shared", "it's here"), "from the host\n");
  });
  afterAll(async () => {
    await vfm[Symbol.asyncDispose]();
  });

  it("create --dry-run prints the command that a start then runs, and makes nothing", async () => {
    const create = ["create", "c1", "--iso", ISO, ...SIZE, "--mount", `${work}/shared:/mnt/it's`];
    const plan = await jsonAs<{ argv: string[] }>(vfm, "create", ...create, "--dry-run");
    expect(await vfm.ok("list", "--names")).toBe("");
    const result = await vfm.run(["--json", ...create]);
    expect(result.exitCode).toBe(0);
    expect(problems("create", JSON.parse(result.stdout))).toBe("");
    const events = result.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; data: { argv?: string[] } });
    for (const event of events) expect(problems("event", event)).toBe("");
    const spawned = events.find(({ type }) => type === "start.vfkit.spawned");
    expect(spawned?.data.argv).toEqual(plan.argv);
  });

  it("a mount shows the host's directory, whatever is in its name", async () => {
    expect(await vfm.ok("ssh", "c1", "--", "cat", "/mnt/it's/it's here")).toBe("from the host");
    await vfm.ok("ssh", "c1", "--", 'echo from the guest | sudo tee "/mnt/it\'s/back"');
    expect(await readFile(join(work, "shared", "back"), "utf8")).toBe("from the guest\n");
  });

  it("results are as their schemas say", async () => {
    expect(await jsonAs(vfm, "list", "list")).toMatchObject([{ name: "c1", state: "Running" }]);
    await jsonAs(vfm, "inspect", "inspect", "c1");
    await jsonAs(vfm, "ip", "ip", "c1");
    await jsonAs(vfm, "url", "url", "c1");
    await jsonAs(vfm, "version", "version");
    await jsonAs(vfm, "status", "status", "c1");
    await jsonAs(vfm, "status", "status", "--all");
    await jsonAs(vfm, "state", "pause", "c1");
    await jsonAs(vfm, "state", "resume", "c1");
    const failed = await vfm.run(["--json", "start", "c1"]);
    expect(failed.exitCode).toBe(1);
    expect(problems("start", JSON.parse(failed.stdout))).toBe("");
    const missing = await vfm.run(["--json", "ip", "nobody"]);
    expect(missing.exitCode).toBe(4);
    expect(problems("error", JSON.parse(missing.stdout))).toBe("");
  });

  it("cp copies files and directories both ways, modes and odd names included", async () => {
    const script = join(work, "run me.sh");
    await writeFile(script, "#!/bin/sh\necho ran\n");
    await chmod(script, 0o755);
    await vfm.ok("cp", script, "c1:");
    expect(await vfm.ok("ssh", "c1", "--", "'./run me.sh'")).toBe("ran");
    await vfm.ok("cp", "c1:run me.sh", join(work, "back.sh"));
    expect(await readFile(join(work, "back.sh"), "utf8")).toBe("#!/bin/sh\necho ran\n");
    expect((await stat(join(work, "back.sh"))).mode & 0o777).toBe(0o755);
    const tree = join(work, "tree");
    await mkdir(join(tree, "a", "b"), { recursive: true });
    await writeFile(join(tree, "a", "b", "large"), Buffer.alloc(5 * MIB, "x"));
    await vfm.ok("cp", "-r", tree, "c1:copy");
    await vfm.ok("cp", "-r", "c1:copy", join(work, "again"));
    expect((await stat(join(work, "again", "a", "b", "large"))).size).toBe(5 * MIB);
    const missing = await vfm.run(["cp", "c1:nowhere", work]);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain("nowhere");
    const nowhere = await vfm.run(["cp", "-r", "c1:copy", join(work, "none", "copy")]);
    expect(nowhere).toMatchObject({ exitCode: 1 });
    expect(nowhere.stderr).toContain(`cannot make ${join(work, "none", "copy")} here: ENOENT`);
    expect((await vfm.run(["cp", tree, "c1:"])).stderr).toContain("--recursive");
    expect((await vfm.run(["cp", "a", "b"])).exitCode).toBe(2);
  });

  it("ssh-config lets the system's ssh in by its alias, and env points docker there", async () => {
    const { alias, config } = await jsonAs<{ alias: string; config: string }>(
      vfm,
      "ssh-config",
      "ssh-config",
      "c1",
    );
    const path = join(work, "config");
    await writeFile(path, config);
    const ssh = await vfm.host.runner.run("ssh", ["-F", path, alias, "hostname; whoami"]);
    expect(ssh.stdout.trim().split("\n").at(-1)).toBe("docker");
    await jsonAs(vfm, "env", "env", "c1");
    const line = await vfm.ok("env", "c1", "--shell", "sh");
    const { stdout } = await vfm.host.runner.run("sh", ["-c", `${line}\nprintf %s "$DOCKER_HOST"`]);
    expect(stdout).toBe("ssh://vfm-c1");
    expect(await vfm.ok("env", "--unset")).toBe("unset DOCKER_HOST");
    expect(await vfm.ok("env", "c1", "--shell", "powershell")).toMatch(
      /^\$Env:DOCKER_HOST = 'ssh:\/\/vfm-c1'\n/,
    );
    const fish = await vfm.ok("env", "c1", "--shell", "fish");
    expect(fish).toMatch(/^set -gx DOCKER_HOST 'ssh:\/\/vfm-c1'\n/);
    expect((await vfm.run(["env", "c1", "--shell", "tcsh"])).exitCode).toBe(2);
  });

  it.skipIf(spawnSync("fish", ["--version"]).error !== undefined)(
    "env is understood by a real fish (skipped where there is none)",
    async () => {
      const line = await vfm.ok("env", "c1", "--shell", "fish");
      const script = `${line}\nprintf %s $DOCKER_HOST`;
      const { stdout } = await vfm.host.runner.run("fish", ["-c", script]);
      expect(stdout).toBe("ssh://vfm-c1");
    },
  );

  it("ssh has the command's own exit code, and its input", async () => {
    expect((await vfm.run(["ssh", "c1", "--", "exit 42"])).exitCode).toBe(42);
    const echoed = await vfm.run(["shell", "c1", "--", "cat"], { input: "over there" });
    expect(echoed.stdout).toBe("over there");
  });

  it("logs prints a log or its end, and follows one across a restart", async () => {
    expect(await vfm.ok("logs", "c1", "--vfkit")).not.toBe("");
    expect((await vfm.ok("logs", "c1", "--vfkit", "-n", "1")).split("\n")).toHaveLength(1);
    const helper = await vfm.run(["logs", "c1", "--helper"]);
    expect(helper.exitCode).toBe(1);
    expect(helper.stderr).toContain("vmnet-shared");
    expect((await vfm.run(["logs", "c1", "--vfkit", "--helper"])).exitCode).toBe(2);
    const follower = spawn(
      process.execPath,
      [vfm.entry, "logs", "c1", "--vfkit", "-f", "-n", "0"],
      {
        env: vfm.env,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    onTestFinished(() => void follower.kill("SIGKILL"));
    const first = new Promise<string>((resolve) => {
      follower.stdout.setEncoding("utf8").once("data", resolve);
    });
    const ended = new Promise<number | null>((resolve) => {
      follower.once("exit", resolve);
    });
    await jsonAs(vfm, "restart", "restart", "c1");
    expect(await first).not.toBe("");
    follower.kill("SIGINT");
    expect(await ended).toBe(130);
  });

  it("status --timeline draws the last start", async () => {
    const drawn = await vfm.ok("status", "c1", "--timeline", "--svg", join(work, "start.svg"));
    expect(drawn).toContain("boot, DHCP lease");
    for (const line of drawn.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(await readFile(join(work, "start.svg"), "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/);
    const { lastStart } = await jsonAs<{ lastStart: { outcome: string; steps: unknown[] } }>(
      vfm,
      "status",
      "status",
      "c1",
      "--timeline",
    );
    expect(lastStart.outcome).toBe("started");
    expect(lastStart.steps.length).toBeGreaterThan(3);
  });

  it("set changes a stopped machine, and the guest sees it", async () => {
    const refused = await vfm.run(["set", "c1", "--cpus", "2"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("vfm stop c1");
    await jsonAs(vfm, "stop", "stop", "c1");
    await jsonAs(vfm, "set", "set", "c1", "--cpus", "2", "--disk", "3GiB");
    const { directory } = await vfm.json<Inspection>("inspect", "c1");
    expect((await stat(join(directory, "disk.img"))).size).toBe(3 * 1024 * MIB);
    expect((await vfm.run(["set", "c1", "--disk", "1GiB"])).stderr).toContain("never made smaller");
    expect((await vfm.run(["set", "c1"])).exitCode).toBe(2);
    await jsonAs(vfm, "start", "start", "c1");
    expect(await vfm.ok("ssh", "c1", "--", "nproc")).toBe("2");
    const sectors = await vfm.ok("ssh", "c1", "--", "cat /sys/block/vdb/size");
    expect(Number(sectors) * 512).toBe(3 * 1024 * MIB);
  });

  it("rm, and what it says of several", async () => {
    expect((await vfm.run(["rm", "c1"])).stderr).toContain("--force");
    await jsonAs(vfm, "rm", "rm", "--force", "c1");
    const several = await vfm.run(["--json", "rm", "c1", "c2"]);
    expect(several.exitCode).toBe(4);
    expect(problems("rm", JSON.parse(several.stdout))).toBe("");
  });
});

describe("a machine from a file", () => {
  it("is made as the file says", async () => {
    await using vfm = await openStore();
    const path = join(vfm.home, "machine.yaml");
    await writeFile(
      path,
      `name: f1\niso: ${JSON.stringify(ISO)}\ncpus: 1\nmemory: 512MiB\ndisk: 1GiB\nextraDisks: [64MiB]\n`,
    );
    await vfm.ok("create", "--file", path, "--no-start", "--kernel-cmdline", "quiet");
    const { config } = await jsonAs<{ config: object }>(vfm, "inspect", "inspect", "f1");
    expect(config).toMatchObject({
      cpus: 1,
      memoryMiB: 512,
      diskSizeMiB: 1024,
      extraDiskSizesMiB: [64],
      kernelCmdline: "quiet",
    });
    expect((await vfm.run(["create", "f2", "--file", path])).exitCode).toBe(2);
  });
});
