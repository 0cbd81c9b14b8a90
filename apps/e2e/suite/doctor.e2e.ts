import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { jsonAs, problems } from "./schemas.js";
import { IN_LAB, ISO, labctl, openStore, SIZE } from "./surroundings.js";

interface Diagnosis {
  readonly status: "pass" | "warn" | "fail";
  readonly checks: readonly {
    readonly check: string;
    readonly status: string;
    readonly message: string;
    readonly hint: string | null;
    readonly fixed: boolean;
  }[];
}

type Store = Awaited<ReturnType<typeof openStore>>;

/** What a check said, with the exit code of all of them. */
async function ask(
  vfm: Store,
  check: string,
  ...args: readonly string[]
): Promise<Diagnosis["checks"][number] & { readonly exitCode: number | undefined }> {
  const { stdout, exitCode } = await vfm.run(["doctor", "--json", ...args]);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  expect(problems("doctor", diagnosis)).toBe("");
  const found = diagnosis.checks.find((each) => each.check === check);
  if (found === undefined) throw new Error(`no check ${check} in ${stdout}`);
  return { ...found, exitCode };
}

describe.skipIf(!IN_LAB)("doctor (needs the lab: it changes system settings)", () => {
  afterEach(async () => {
    await labctl("firewall", "allow");
    await labctl("sudo", "allow");
  });

  it("finds nothing wrong where nothing is", async () => {
    await using vfm = await openStore();
    await vfm.ok("create", "c1", "--iso", ISO, ...SIZE);
    const { checks } = await vfm
      .run(["doctor", "--json"])
      .then(({ stdout }) => JSON.parse(stdout) as Diagnosis);
    expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(await ask(vfm, "reach")).toMatchObject({ status: "pass" });
    expect((await vfm.run(["doctor"])).stdout).toContain("ok   vfkit: vfkit ");
  });

  it("names a firewall that blocks bootpd, with the commands that open it", async () => {
    await using vfm = await openStore();
    await labctl("firewall", "block");
    expect(await ask(vfm, "firewall")).toMatchObject({
      status: "fail",
      exitCode: 1,
      hint: expect.stringContaining("--unblock /usr/libexec/bootpd"),
    });
  });

  it("names a firewall that a profile manages, and a pool without an address", async () => {
    await using vfm = await openStore();
    await labctl("firewall", "managed");
    const firewall = await ask(vfm, "firewall");
    expect(firewall).toMatchObject({ status: "fail", hint: expect.stringContaining("manages") });
    await labctl("leases", "fill");
    await expect
      .poll(() => ask(vfm, "leases"), { timeout: 60_000 })
      .toMatchObject({ status: "warn", hint: expect.stringContaining("dhcpd_leases") });
    await labctl("leases", "clear");
  });

  it("names sudo that asks for a password, and says which rule helps", async () => {
    await using vfm = await openStore();
    await labctl("sudo", "refuse", "helper");
    const found = await ask(vfm, "vmnet-helper");
    expect(found).toMatchObject({ status: "warn", hint: expect.stringContaining("NOPASSWD") });
  });

  it("exits with 6 when there is nothing worse than a warning", async () => {
    await using vfm = await openStore();
    await mkdir(join(vfm.home, "cache", "iso"), { recursive: true });
    await writeFile(join(vfm.home, "cache", "iso", "b2d.iso.part"), "half");
    expect(await ask(vfm, "cache")).toMatchObject({ status: "warn", exitCode: 6 });
    expect(await ask(vfm, "cache", "--fix")).toMatchObject({ fixed: true, exitCode: 0 });
  });

  it("deletes what a crash left, and says so", async () => {
    await using vfm = await openStore();
    await vfm.ok("create", "c1", "--iso", ISO, ...SIZE, "--network", "vmnet-shared");
    const { directory } = await vfm.json<{ directory: string }>("inspect", "c1");
    const record = await readFile(join(directory, "vfkit.pid"), "utf8");
    process.kill(Number.parseInt(record, 10), "SIGKILL");
    // The helper does not notice that its client died.
    await expect.poll(() => vfm.ok("status", "c1")).toBe("Stopped");
    await expect
      .poll(() => ask(vfm, "orphans", "--fix"))
      .toMatchObject({ message: "no process without a machine" });
    const left = await ask(vfm, "stale-files", "--fix");
    expect(left.status).toBe("pass");
    expect((await readdir(directory)).filter((name) => /\.(?:pid|sock)/.test(name))).toEqual([]);
    await vfm.ok("start", "c1");
  });

  it("names a missing vfkit", async () => {
    await using vfm = await openStore();
    const result = await vfm.host.runner.run(process.execPath, [vfm.entry, "doctor"], {
      env: { ...vfm.env, PATH: "/usr/bin:/bin" },
    });
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain("brew install vfkit");
  });

  it("names a vfkit that is too old for machines", async () => {
    await using vfm = await openStore();
    const bin = join(vfm.home, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "vfkit"), "#!/bin/sh\necho vfkit version: v0.5.1\n", { mode: 0o755 });
    const result = await vfm.host.runner.run(process.execPath, [vfm.entry, "doctor"], {
      env: { ...vfm.env, PATH: `${bin}:/usr/bin:/bin` },
    });
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/vfkit 0\.5\.1 at .* is too old: machines need 0\.6\.0/);
    expect(result.stdout).toContain("brew upgrade vfkit");
  });

  it("ends a process that no machine owns, when told to", async () => {
    await using vfm = await openStore();
    await vfm.ok("create", "c1", "--iso", ISO, ...SIZE);
    const { directory } = await vfm.json<{ directory: string }>("inspect", "c1");
    // What deletes a machine by hand leaves.
    await rm(directory, { recursive: true });
    const found = await ask(vfm, "orphans");
    expect(found).toMatchObject({ status: "fail", hint: expect.stringContaining("doctor --fix") });
    expect(await ask(vfm, "orphans", "--fix")).toMatchObject({ fixed: true });
    expect(await ask(vfm, "orphans")).toMatchObject({ status: "pass" });
  });

  it("deletes the sockets' directory of a machine that somebody deleted by hand, and no other", async () => {
    await using vfm = await openStore();
    // Too long for sockets beside the other files; short enough for the directory below the store.
    const deep = join(vfm.home, "x".repeat(55 - vfm.home.length));
    const store = ["--store", deep];
    const create = ["--iso", ISO, ...SIZE, "--network", "vmnet-shared"];
    const long = "a-name-that-is-long";
    await vfm.ok(...store, "create", `${long}-1`, ...create);
    await vfm.ok(...store, "create", `${long}-2`, "--no-start", ...create);
    const [used = "", ...others] = await readdir(join(deep, "run"));
    expect(others).toEqual([]);
    const clean = { exitCode: 0, stdout: expect.not.stringContaining(used) };
    expect(await vfm.run([...store, "doctor", "--fix"])).toMatchObject(clean);
    expect(await readdir(join(deep, "run"))).toEqual([used]);
    await vfm.ok(...store, "kill", `${long}-1`);
    await rm(join(deep, "machines", `${long}-1`), { recursive: true });
    const fixed = await vfm.run([...store, "doctor", "--fix"]);
    expect(fixed.stdout).toMatch(new RegExp(`ok {3}stale-files: .*/${used} .*: deleted`));
    expect(await readdir(join(deep, "run"))).toEqual([]);
    await vfm.ok(...store, "rm", "--all", "--force");
  });

  it("names a machine that cannot be read, which rm --force removes", async () => {
    await using vfm = await openStore();
    await mkdir(join(vfm.home, "machines", "bad"), { recursive: true });
    await writeFile(join(vfm.home, "machines", "bad", "config.json"), "{");
    expect(await ask(vfm, "machines")).toMatchObject({ status: "fail" });
    expect((await vfm.run(["rm", "bad"])).stderr).toContain("rm --force bad");
    await vfm.ok("rm", "--force", "bad");
    await jsonAs(vfm, "list", "list");
    expect(await ask(vfm, "machines")).toMatchObject({ status: "pass" });
  });
});
