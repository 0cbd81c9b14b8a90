import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonAs } from "./schemas.js";
import { IN_LAB, ISO, openStore, SIZE } from "./surroundings.js";

// What scripts/options.mjs found: options that no other suite gives.

describe.skipIf(!IN_LAB)("options (needs the lab's guest, which can be told to misbehave)", () => {
  it("--quiet, --all, --grace, --serial and --alias do what they say", async () => {
    await using vfm = await openStore();
    const stubborn = ["--kernel-cmdline", "lab.ignore-power"];
    const made = await vfm.run(["create", "o1", "--quiet", "--iso", ISO, ...SIZE, ...stubborn]);
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    expect(made.stdout).toMatch(/^o1 is running at \S+\n$/);

    expect(await jsonAs(vfm, "state", "pause", "--all")).toMatchObject([{ state: "Paused" }]);
    expect(await vfm.ok("status", "o1")).toBe("Paused");
    expect(await jsonAs(vfm, "state", "resume", "--all")).toMatchObject([{ state: "Running" }]);
    expect(await vfm.ok("status", "o1")).toBe("Running");

    const serial = await vfm.ok("logs", "o1", "--serial");
    expect(serial).toContain("sshd started");
    expect(await vfm.ok("logs", "o1")).toBe(serial);

    const path = join(vfm.home, "config");
    await writeFile(path, await vfm.ok("ssh-config", "o1", "--alias", "box"));
    const ssh = await vfm.host.runner.run("ssh", ["-F", path, "box", "whoami"]);
    expect(ssh.stdout.trim()).toBe("docker");

    // With the 30 s that are the default, this would take as long.
    const restarted = await jsonAs(vfm, "restart", "restart", "--all", "--grace", "1");
    expect(restarted).toMatchObject([
      { state: "Running", stopOutcome: expect.stringMatching(/terminated|killed/) },
    ]);
  });

  it("--timeout ends a create and a restart whose guest says nothing", async () => {
    await using vfm = await openStore();
    const silent = ["--iso", ISO, ...SIZE, "--kernel-cmdline", "lab.no-dhcp"];
    const created = await vfm.run(["create", "o2", ...silent, "--timeout", "6"]);
    expect(created).toMatchObject({ exitCode: 1, stdout: "" });
    expect(created.stderr).toContain("o2 got no address");
    expect(await vfm.ok("status", "o2")).toBe("Stopped");
    const restarted = await vfm.run(["restart", "o2", "--timeout", "6"]);
    expect(restarted).toMatchObject({ exitCode: 1, stdout: "" });
    expect(restarted.stderr).toContain("o2 got no address");
    expect(await vfm.ok("status", "o2")).toBe("Stopped");
  });
});

describe("options of a machine that is not started", () => {
  it("--mac, --ssh-port and set --memory are in its description", async () => {
    await using vfm = await openStore();
    const address = ["--mac", "5a:94:ef:e4:0c:ee"];
    const create = ["--no-start", "--iso", ISO, ...SIZE, ...address];
    await jsonAs(vfm, "create", "create", "o3", ...create, "--ssh-port", "2222");
    await jsonAs(vfm, "set", "set", "o3", "--memory", "1GiB");
    expect(await jsonAs(vfm, "inspect", "inspect", "o3")).toMatchObject({
      ssh: { port: 2222 },
      config: { macAddress: "5a:94:ef:e4:0c:ee", memoryMiB: 1024 },
    });
    const { argv } = await jsonAs<{ argv: string[] }>(
      vfm,
      "create",
      "create",
      "o4",
      "--dry-run",
      "--iso",
      ISO,
      "--mac",
      "5a:94:ef:e4:0c:ef",
    );
    expect(argv.join(" ")).toContain("mac=5a:94:ef:e4:0c:ef");
    const taken = await vfm.run(["create", "o4", ...create]);
    expect(taken.stderr).toContain("o3 has the MAC address 5a:94:ef:e4:0c:ee already");
    expect(taken.exitCode).toBe(3);
  });
});
