import { createHost, isMachineError, MACOS_PATHS, type Host } from "@vfkit-machine/host";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  isBootpdBlocked,
  readFirewallState,
  unblockBootpd,
  unblockCommands,
} from "../src/index.js";

const fixtures = join(import.meta.dirname, "fixtures");
const macos = (major: number) => ({ major, minor: 0, patch: 0 });
let dir: string;
let host: Host;

/** A host whose firewall is in the given situation, and who is an ordinary user. */
const useFirewall = async (situation: string, mode = ""): Promise<void> => {
  await cp(join(fixtures, situation), join(dir, "state"), { recursive: true });
  await copyFile(join(fixtures, "socketfilterfw"), join(dir, "socketfilterfw"));
  await copyFile(join(fixtures, "sudo"), join(dir, "sudo"));
  await writeFile(join(dir, "mode"), mode);
};
const calls = async (name: "calls" | "sudo-calls"): Promise<string[]> =>
  (await readFile(join(dir, name), "utf8").catch(() => "")).split("\n").filter((l) => l !== "");
const errorOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (isMachineError(error)) return error;
  throw new Error(`expected a MachineError, got ${String(error)}`);
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "firewall-"));
  host = createHost({
    uid: 501,
    paths: { ...MACOS_PATHS, socketfilterfw: join(dir, "socketfilterfw"), sudo: join(dir, "sudo") },
  });
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("readFirewallState", () => {
  it.each([
    ["macos-13-allowed", 13, false, "rule-allows"],
    ["macos-13-blocked", 13, true, "rule-blocks"],
    ["macos-14-not-listed", 14, true, "not-listed"],
    ["macos-14-block-all", 14, true, "block-all"],
    ["macos-15-signed", 15, false, "signed-allowed"],
    ["macos-15-unsigned", 15, true, "not-listed"],
    ["macos-26-disabled", 26, false, "disabled"],
    ["macos-26-allowed", 26, false, "rule-allows"],
    ["macos-26-blocked", 26, true, "rule-blocks"],
    ["macos-26-block-all", 26, true, "block-all"],
  ])("%s", async (situation, major, blocked, cause) => {
    await useFirewall(situation);
    const state = await readFirewallState(host);
    expect(state).toMatchObject({ tool: "present", managed: false });
    expect(isBootpdBlocked(state, macos(major))).toMatchObject({ blocked, cause });
    expect(await calls("sudo-calls")).toEqual([]);
  });

  it("says not-present where there is no socketfilterfw", async () => {
    const state = await readFirewallState(host);
    expect(state).toMatchObject({ tool: "not-present", enabled: false });
    expect(isBootpdBlocked(state, undefined).blocked).toBe(false);
  });

  it("goes on when one question is not known to the tool", async () => {
    await useFirewall("macos-13-allowed", "deaf-old");
    const state = await readFirewallState(host);
    expect(state).toMatchObject({ enabled: true, allowSigned: undefined, bootpd: "allowed" });
  });

  it("gives up on a tool that hangs, and when told to", async () => {
    await useFirewall("macos-13-allowed", "hang");
    expect((await errorOf(readFirewallState(host, { timeoutMs: 100 }))).code).toBe("ERR_TIMEOUT");
    const signal = AbortSignal.timeout(50);
    expect((await errorOf(readFirewallState(host, { signal }))).code).toBe("ERR_ABORTED");
  });
});

describe("unblockBootpd", () => {
  it("adds, unblocks and reads back", async () => {
    await useFirewall("macos-15-unsigned");
    const result = await unblockBootpd(host, { macosVersion: macos(15) });
    expect(result).toMatchObject({ outcome: "unblocked", state: { bootpd: "allowed" } });
    const tool = join(dir, "socketfilterfw");
    expect(await calls("sudo-calls")).toEqual([
      `--non-interactive -- ${tool} --add /usr/libexec/bootpd`,
      `--non-interactive -- ${tool} --unblock /usr/libexec/bootpd`,
    ]);
    expect(await unblockBootpd(host, { macosVersion: macos(15) })).toMatchObject({
      outcome: "not-blocked",
    });
  });

  it("runs nothing as root when nothing is blocked", async () => {
    await useFirewall("macos-15-signed");
    expect(await unblockBootpd(host, { macosVersion: macos(15) })).toMatchObject({
      outcome: "not-blocked",
    });
    expect(await calls("sudo-calls")).toEqual([]);
  });

  it.each(["managed", "managed-fails"])("names a managed Mac (%s)", async (mode) => {
    await useFirewall("macos-15-unsigned", mode);
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(15) }));
    expect(error.code).toBe("ERR_FIREWALL_MANAGED");
    expect(error.message).toMatch(/cannot be modified from command line/);
    expect(error.hint).toMatch(/\/usr\/libexec\/bootpd/);
  });

  it("does not believe a tool that says it did", async () => {
    await useFirewall("macos-26-blocked", "deaf");
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(26) }));
    expect(error.code).toBe("ERR_FIREWALL_STILL_BLOCKED");
    expect(error.message).toMatch(/added to firewall/);
    expect(error.hint).toMatch(/--remove \/usr\/libexec\/bootpd/);
  });

  it("does not ask for root against block-all, which no rule helps", async () => {
    await useFirewall("macos-26-block-all");
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(26), consent: "ask" }));
    expect(error.code).toBe("ERR_FIREWALL_STILL_BLOCKED");
    expect(error.hint).toMatch(/System Settings/);
    expect(await calls("sudo-calls")).toEqual([]);
  });

  it("passes on what failed", async () => {
    await useFirewall("macos-26-blocked", "fails");
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(26) }));
    expect(error.code).toBe("ERR_COMMAND_FAILED");
    expect(error.message).toMatch(/exited with code 3:\n {2}it is broken/);
  });

  it("asks nobody without consent", async () => {
    await useFirewall("macos-26-blocked");
    await writeFile(join(dir, "password"), "");
    const asked: string[][] = [];
    const onAsk = (commands: readonly string[]) => asked.push([...commands]);
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(26), onAsk }));
    expect(error.code).toBe("ERR_SUDO_REFUSED");
    expect(error.message).toMatch(/--add \/usr\/libexec\/bootpd/);
    expect(asked).toEqual([]);
    expect((await calls("calls")).filter((call) => !call.startsWith("--get"))).toEqual([
      "--listapps",
    ]);
  });

  it("asks once with consent, and shows the commands first", async () => {
    await useFirewall("macos-26-blocked");
    await writeFile(join(dir, "password"), "");
    const asked: string[][] = [];
    const result = await unblockBootpd(host, {
      macosVersion: macos(26),
      consent: "ask",
      onAsk: (commands) => asked.push([...commands]),
    });
    expect(result.outcome).toBe("unblocked");
    expect(asked).toEqual([unblockCommands(host)]);
    expect((await calls("sudo-calls")).filter((call) => call === "--validate")).toHaveLength(1);
  });

  it("changes nothing when the person declines", async () => {
    await useFirewall("macos-26-blocked");
    await writeFile(join(dir, "password"), "");
    await writeFile(join(dir, "no-password"), "");
    const error = await errorOf(unblockBootpd(host, { macosVersion: macos(26), consent: "ask" }));
    expect(error.code).toBe("ERR_SUDO_REFUSED");
    expect((await readFirewallState(host)).bootpd).toBe("blocked");
  });

  it("runs the commands itself as root", async () => {
    await useFirewall("macos-26-blocked");
    const root = createHost({ ...host, uid: 0 });
    expect((await unblockBootpd(root, { macosVersion: macos(26) })).outcome).toBe("unblocked");
    expect(await calls("sudo-calls")).toEqual([]);
  });
});

describe("unblockCommands", () => {
  it("is what a person would type on a Mac", () => {
    expect(unblockCommands(createHost())).toEqual([
      "sudo /usr/libexec/ApplicationFirewall/socketfilterfw --add /usr/libexec/bootpd",
      "sudo /usr/libexec/ApplicationFirewall/socketfilterfw --unblock /usr/libexec/bootpd",
    ]);
  });
});
