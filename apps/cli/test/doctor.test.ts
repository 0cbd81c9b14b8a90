import type { MachineSummary } from "@vfkit-machine/driver";
import { createHost, MACOS_PATHS } from "@vfkit-machine/host";
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCache, checkMachines } from "../src/doctor/leftovers.js";
import { checkBootpd, checkFirewall, checkLeases, checkReach } from "../src/doctor/network.js";
import { checkHelper, checkSsh, checkSystem, checkVfkit } from "../src/doctor/programs.js";
import { checkMemory, checkSocketPath, checkSpace } from "../src/doctor/room.js";
import { checkStaleFiles } from "../src/doctor/stale-files.js";
import type { Check, Examination } from "../src/doctor/types.js";

// Each cause that vfm doctor names, in surroundings that have it: little programs in the place of
// macOS's and vfkit's. The lab has the ones that need a machine: apps/e2e/suite/doctor.e2e.ts.

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vfm-doctor-"));
  await mkdir(join(directory, "bin"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Puts a program on PATH that prints a text. */
async function program(name: string, text: string, exitCode = 0): Promise<string> {
  const path = join(directory, "bin", name);
  await writeFile(path, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return path;
}

/** The first finding of a check there. */
async function ask(check: Check, given: Partial<Examination> = {}): Promise<object | undefined> {
  const path = `${join(directory, "bin")}${delimiter}/usr/bin${delimiter}/bin`;
  const host = createHost({
    platform: "darwin",
    env: { PATH: path, HOME: directory },
    paths: {
      ...MACOS_PATHS,
      dhcpdLeases: join(directory, "dhcpd_leases"),
      socketfilterfw: join(directory, "bin", "socketfilterfw"),
    },
  });
  const findings = await check({
    host,
    storeDir: directory,
    machines: [],
    swept: [],
    signal: new AbortController().signal,
    fix: false,
    ...given,
  });
  return findings[0];
}

const machine = (fields: Partial<MachineSummary> = {}): MachineSummary => ({
  name: "c1",
  state: "Running",
  network: "nat",
  ip: "192.168.64.9",
  cpus: 1,
  memoryMiB: 512,
  diskSizeMiB: 1024,
  createdAt: "2026-11-20T10:00:00.000Z",
  error: undefined,
  ...fields,
});

/** As bootpd writes it. */
const lease = (last: number, { hours = 1, hardware = `1,2:0:0:0:0:${last.toString(16)}` } = {}) => {
  const expiry = Math.floor(Date.now() / 1000) + hours * 3600;
  return `{\n\tip_address=192.168.64.${last}\n\thw_address=${hardware}\n\tidentifier=${hardware}\n\tlease=0x${expiry.toString(16)}\n}\n`;
};

describe("programs", () => {
  it.each([
    ["12.6.1", "fail", /too old/],
    ["15.5", "pass", /macOS 15\.5\.0/],
  ])("macOS %s: %s", async (version, status, message) => {
    await program("sw_vers", version);
    expect(await ask(checkSystem)).toMatchObject({
      status,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["vfkit version: v0.6.4", "pass", /vfkit 0\.6\.4/, undefined],
    ["vfkit version: v0.6.1", "warn", /SIGTERM/, "brew upgrade vfkit"],
    ["vfkit version: v0.1.0", "fail", /too old/, "brew upgrade vfkit"],
    ["hello", "fail", /does not say its version/, "brew reinstall vfkit"],
  ])("a vfkit that says %j: %s", async (text, status, message, hint) => {
    await program("vfkit", text);
    expect(await ask(checkVfkit)).toMatchObject({
      status,
      message: expect.stringMatching(message),
      hint: hint === undefined ? undefined : expect.stringContaining(hint),
    });
  });

  it("neither vfkit nor ssh", async () => {
    const host = createHost({ env: { PATH: join(directory, "bin") } });
    expect(await ask(checkVfkit, { host })).toMatchObject({
      status: "fail",
      hint: "Install it: brew install vfkit",
    });
    expect(await ask(checkSsh, { host })).toMatchObject({ status: "fail" });
  });

  it("no vmnet-helper is a failure only where a machine needs it", async () => {
    const host = createHost({
      env: { PATH: join(directory, "bin") },
      paths: { ...MACOS_PATHS, vmnetHelper: join(directory, "none") },
    });
    expect(await ask(checkHelper, { host })).toMatchObject({ status: "pass" });
    const machines = [machine({ network: "vmnet-shared" })];
    expect(await ask(checkHelper, { host, machines })).toMatchObject({
      status: "fail",
      hint: expect.stringContaining("https://github.com/nirs/vmnet-helper"),
    });
  });
});

describe("the network", () => {
  const BLOCKED = `Firewall is enabled. (State = 1)
1 : /usr/libexec/bootpd
             (Block incoming connections)`;

  it.each([
    ["off", "Firewall is disabled. (State = 0)", "pass", undefined],
    [
      "blocks everything",
      "Firewall is set to block all non-essential incoming connections",
      "fail",
      /Block all incoming/,
    ],
    [
      "managed",
      `${BLOCKED}\nFirewall settings cannot be modified from command line on managed Mac computers.`,
      "fail",
      /profile manages/,
    ],
    ["blocks bootpd", BLOCKED, "fail", /--unblock \/usr\/libexec\/bootpd/],
  ])("a firewall that is %s", async (_what, text, status, hint) => {
    await program("sw_vers", "14.1");
    await program("socketfilterfw", text);
    const found = await ask(checkFirewall);
    expect(found).toMatchObject({ status });
    if (hint !== undefined) expect(found).toMatchObject({ hint: expect.stringMatching(hint) });
  });

  it.each([
    ['"com.apple.bootpd" => disabled', "fail"],
    ['"com.apple.bootpd" => true', "fail"],
    ['"com.apple.bootpd" => enabled', "pass"],
    ["disabled services = {}", "pass"],
  ])("launchctl says %j: %s", async (text, status) => {
    await program("launchctl", text);
    expect(await ask(checkBootpd)).toMatchObject({ status });
  });

  it("no leases file yet, which is odd only while a machine runs", async () => {
    expect(await ask(checkLeases)).toMatchObject({ status: "pass" });
    expect(await ask(checkLeases, { machines: [machine()] })).toMatchObject({ status: "warn" });
  });

  it.each([
    ["full", Array.from({ length: 230 }, (_, index) => lease(index + 2)), /230 of about 253/],
    ["of guests with a DUID", [lease(3, { hardware: "ff,0:1:2:3:4:5:6:7" }), lease(9)], /DUID/],
    ["stale", [lease(9, { hours: -1 })], /lease of c1 .* has run out/],
  ])("leases that are %s", async (_what, leases, message) => {
    await writeFile(join(directory, "dhcpd_leases"), leases.join(""));
    expect(await ask(checkLeases, { machines: [machine({ ip: "192.168.64.9" })] })).toMatchObject({
      status: "warn",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("a machine that nobody answers for, and one that refuses: it is there", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.close();
    // 127.0.0.1 answers at once, if only to refuse; 240.0.0.0/4 has no route.
    expect(await ask(checkReach, { machines: [machine({ ip: "127.0.0.1" })] })).toMatchObject({
      status: "pass",
    });
    expect(await ask(checkReach, { machines: [machine({ ip: "255.255.255.255" })] })).toMatchObject(
      { status: "fail", hint: expect.any(String) },
    );
  });
});

describe("room", () => {
  it("free space is read where the store will be", async () => {
    const storeDir = join(directory, "not", "yet");
    expect(await ask(checkSpace, { storeDir })).toMatchObject({
      message: expect.stringContaining(`free for ${storeDir}`),
    });
  });

  it("a machine too small for its ISO", async () => {
    const home = join(directory, "machines", "c1");
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "boot2docker.iso"), "");
    await truncate(join(home, "boot2docker.iso"), 400 * 1024 * 1024);
    const machines = [machine({ state: "Stopped" })];
    const host = createHost();
    const examination = { host, storeDir: directory, machines, swept: [], fix: false };
    const findings = await checkMemory({ ...examination, signal: new AbortController().signal });
    expect(findings.find(({ status }) => status === "warn")).toMatchObject({
      message: expect.stringContaining("may not unpack"),
      hint: "vfm set c1 --memory 3GiB",
    });
  });

  it("more memory promised than there is", async () => {
    expect(await ask(checkMemory, { machines: [machine({ memoryMiB: 4_194_304 })] })).toMatchObject(
      { status: "warn", hint: expect.stringContaining("vfm set") },
    );
  });

  it("the path of the sockets, short and long", async () => {
    expect(await ask(checkSocketPath, { storeDir: "/Users/me/.vfm" })).toMatchObject({
      message: expect.stringContaining("names of up to 57 bytes"),
    });
    expect(await ask(checkSocketPath, { storeDir: `/${"long/".repeat(20)}` })).toMatchObject({
      message: expect.stringContaining("is long"),
    });
  });
});

describe("leftovers", () => {
  it("a machine that cannot be read", async () => {
    const machines = [machine({ state: "Stopped", error: "not JSON" })];
    expect(await ask(checkMachines, { machines })).toMatchObject({
      status: "fail",
      hint: expect.stringContaining("vfm rm --force c1"),
    });
  });

  it("an unfinished download, deleted when told to", async () => {
    const cache = join(directory, "cache", "iso");
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, "b2d.iso.part"), "half");
    expect(await ask(checkCache)).toMatchObject({ status: "warn" });
    expect(await ask(checkCache, { fix: true })).toMatchObject({ status: "pass", fixed: true });
    expect(await ask(checkCache)).toMatchObject({ status: "pass" });
  });

  it("files of a helper that died, of a stopped machine only, deleted when told to", async () => {
    const home = join(directory, "machines", "c1");
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "vmnet-helper.pid"), "{}");
    await writeFile(join(home, "disk.img"), "");
    expect(await ask(checkStaleFiles, { machines: [machine()] })).toMatchObject({ status: "pass" });
    const machines = [machine({ state: "Stopped" })];
    expect(await ask(checkStaleFiles, { machines })).toMatchObject({
      status: "warn",
      message: expect.stringContaining("vmnet-helper.pid"),
    });
    expect(await ask(checkStaleFiles, { machines, fix: true })).toMatchObject({ fixed: true });
    expect(await readdir(home)).toEqual(["disk.img"]);
  });

  it("says what looking at the machines deleted", async () => {
    expect(await ask(checkStaleFiles, { swept: ["/x/.c1.creating"] })).toMatchObject({
      status: "pass",
      message: expect.stringContaining("/x/.c1.creating"),
    });
  });

  it("a directory for the sockets of a machine that is gone; --fix deletes it, and nothing of others", async () => {
    const [orphaned, strange, other] = ["vfm-0123456789ab", "vfm-ba9876543210", "notes"];
    for (const name of [orphaned, strange, other]) {
      await mkdir(join(directory, "run", name), { recursive: true });
      await writeFile(join(directory, "run", name, "vfkit.sock"), "");
    }
    await writeFile(join(directory, "run", strange, "letter"), "");
    const found = { status: "warn", message: expect.stringContaining(`run/${orphaned} was for`) };
    expect(await ask(checkStaleFiles)).toMatchObject(found);
    // Whose it is cannot be known while a machine cannot be read.
    await mkdir(join(directory, "machines", "c1"), { recursive: true });
    expect(await ask(checkStaleFiles, { fix: true })).toMatchObject({ status: "pass" });
    await rm(join(directory, "machines"), { recursive: true });
    expect(await ask(checkStaleFiles, { fix: true })).toMatchObject({ fixed: true });
    expect((await readdir(join(directory, "run"))).toSorted()).toEqual([other, strange].toSorted());
    expect(await readdir(join(directory, "run", strange))).toEqual(["letter"]);
  });
});
