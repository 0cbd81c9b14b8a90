import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine, macAddressForName, openMachine } from "../src/index.js";
import { writeLease } from "./fixtures/leases.mjs";
import { guestAddress } from "./fixtures/loopback.mjs";
import { fastClock, openWorld } from "./world.js";

const FAST = { clock: fastClock(5) };
const IS_ROOT = process.geteuid?.() === 0;
const MAC = macAddressForName("c1");

const guestIp = (): string => guestAddress(MAC);

describe.concurrent("a guest that gets no address", () => {
  it.each<[string, string, RegExp]>([
    ["never asks", "no-lease", /no DHCP lease for[^]*does not exist/],
    ["asks under a DUID", "duid-lease", /DUID/],
  ])("%s", async (_what, fault, message) => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: fault }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 40_000 })).rejects.toMatchObject({
      code: "ERR_NO_LEASE",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(await world.processes()).toEqual([]);
  });

  it("has the end of the serial log in the error", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "no-lease" }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 40_000 })).rejects.toThrow(/Linux version 6\.6\.0/);
  });

  it("panics: told at once, with its last words", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "panic" }, FAST);
    await expect(createMachine(world.options(), context)).rejects.toMatchObject({
      code: "ERR_GUEST_PANIC",
      message: expect.stringContaining("Unable to mount root fs"),
    });
    expect(await world.processes()).toEqual([]);
    // A failure leaves the machine, so that its logs can be read.
    expect(await (await openMachine("c1", context)).getState()).toBe("Stopped");
  });

  it.skipIf(!IS_ROOT)(
    "is behind a firewall that blocks bootpd: found, unblocked, and the start goes on (needs root)",
    async () => {
      await using world = await openWorld();
      const state = join(world.directory, "firewall.json");
      writeFileSync(state, JSON.stringify({ enabled: true, allowSigned: false, bootpd: "block" }));
      const context = world.with({ FAKE_FIREWALL_STATE: state }, FAST);
      const machine = await createMachine(world.options(), context);
      expect(await machine.getState()).toBe("Running");
      expect(world.eventTypes()).toEqual(
        expect.arrayContaining(["start.firewall.blocked", "start.firewall.unblocked"]),
      );
      expect(JSON.parse(readFileSync(state, "utf8"))).toMatchObject({ bootpd: "allow" });
    },
  );

  it("is behind a firewall that sudo may not change: named, with what to type", async () => {
    await using world = await openWorld();
    const state = join(world.directory, "firewall.json");
    writeFileSync(state, JSON.stringify({ enabled: true, allowSigned: false, bootpd: "block" }));
    const paths = { ...world.host.paths, sudo: "/nowhere/sudo" };
    const context = world.with({ FAKE_FIREWALL_STATE: state }, { ...FAST, paths, uid: 501 });
    await expect(createMachine(world.options(), context)).rejects.toMatchObject({
      code: "ERR_FIREWALL_BLOCKED",
      hint: expect.stringMatching(/socketfilterfw.? --unblock \/usr\/libexec\/bootpd/),
    });
    expect(await world.processes()).toEqual([]);
  });

  it("is behind a firewall that is managed: said, not taken for success", async () => {
    await using world = await openWorld();
    const state = join(world.directory, "firewall.json");
    const managed = { enabled: true, allowSigned: false, bootpd: "block", managed: true };
    writeFileSync(state, JSON.stringify(managed));
    const context = world.with({ FAKE_FIREWALL_STATE: state }, FAST);
    await expect(createMachine(world.options(), context)).rejects.toMatchObject({
      code: "ERR_FIREWALL_BLOCKED",
    });
    expect(await world.processes()).toEqual([]);
  });
});

describe.concurrent("what terminals would obey", () => {
  // Title, colour (8-bit CSI), cursor, backspace, and the replies that some terminals type in.
  const WORDS = "\u001b]0;owned\u0007\u009b31m\u001b[2J\b\u001b[6n\u0085end";
  it.each<[string, string, string]>([
    ["vfkit's last words", "exit-at-once", "ERR_START_FAILED"],
    ["a kernel's panic", "panic", "ERR_GUEST_PANIC"],
    ["what is no SSH", "ssh-not-ssh", "ERR_SSH_TIMEOUT"],
  ])("in %s is not in the error", async (_what, fault, code) => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: fault, FAKE_WORDS: WORDS }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    const failed = machine.start({ timeoutMs: 20_000 });
    await expect(failed).rejects.toMatchObject({ code });
    const error = await failed.catch((reason: unknown) => reason);
    const { message, hint } = error as { readonly message: string; readonly hint?: string };
    expect(message).toContain("end");
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    expect(`${message}${hint}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe.concurrent("a guest that has an address and does not answer there", () => {
  it.each<[string, string, RegExp, string]>([
    ["port closed", "ssh-closed", /refused/, "ERR_SSH_TIMEOUT"],
    ["silent", "ssh-silent", /silent|nothing/, "ERR_SSH_TIMEOUT"],
    ["not SSH", "ssh-not-ssh", /not SSH|HTTP/, "ERR_SSH_TIMEOUT"],
    // In its first boot: it will not take it later either.
    ["another key", "ssh-wrong-key", /does not take the key/, "ERR_SSH_AUTH_FAILED"],
  ])("%s", async (_what, fault, message, code) => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: fault }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 40_000 })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await world.processes()).toEqual([]);
  });

  it("a mount that fails undoes the start and says what mount said", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "mount-fails" });
    const mounts = [{ hostPath: world.directory, guestPath: "/mnt/a" }];
    await expect(createMachine(world.options({ mounts }), context)).rejects.toMatchObject({
      code: "ERR_MOUNT_FAILED",
      message: expect.stringContaining("No such device"),
    });
    expect(await world.processes()).toEqual([]);
  });
});

describe.concurrent("a lease of an earlier run", () => {
  const OLD = "127.255.255.250";

  it("alone is no address: no new one came, and nobody lets us in at the old one", async () => {
    await using world = await openWorld();
    await writeLease({ path: leases(world), mac: MAC, ip: OLD });
    const context = world.with({ FAKE_VFKIT_FAULTS: "no-lease" }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 15_000 })).rejects.toMatchObject({
      code: "ERR_NO_LEASE",
      message: expect.stringMatching(
        new RegExp(`^c1 got no address: no new DHCP lease for ${MAC} [^]*${OLD}`),
      ),
      hint: expect.stringContaining("did it ask for an address"),
    });
    expect(await world.processes()).toEqual([]);
  });

  it("alone, and a firewall that blocks bootpd: the firewall is the cause", async () => {
    await using world = await openWorld();
    await writeLease({ path: leases(world), mac: MAC, ip: OLD });
    const state = join(world.directory, "firewall.json");
    writeFileSync(state, JSON.stringify({ enabled: true, allowSigned: false, bootpd: "block" }));
    const env = { FAKE_VFKIT_FAULTS: "no-lease", FAKE_FIREWALL_STATE: state };
    const machine = await createMachine(world.options({ start: false }), world.with(env, FAST));
    // Given up before the firewall would be changed.
    await expect(machine.start({ timeoutMs: 5_000 })).rejects.toMatchObject({
      code: "ERR_NO_LEASE",
      hint: expect.stringContaining("Allow incoming connections to bootpd"),
    });
  });

  it("that was renewed is the guest's address: then SSH is what fails", async () => {
    await using world = await openWorld();
    await writeLease({ path: leases(world), mac: MAC, ip: guestIp(), extraSeconds: -3600 });
    const context = world.with({ FAKE_VFKIT_FAULTS: "ssh-closed" }, FAST);
    const machine = await createMachine(world.options({ start: false }), context);
    await expect(machine.start({ timeoutMs: 15_000 })).rejects.toMatchObject({
      code: "ERR_SSH_TIMEOUT",
      message: expect.stringContaining(`${guestIp()}:`),
    });
  });
});

const leases = (world: { directory: string }): string => join(world.directory, "dhcpd_leases");

describe.concurrent("leases that mislead", () => {
  it("a stale one with a later expiry: the guest's own is found, by who answers", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "stale-lease-first" });
    const machine = await createMachine(world.options(), context);
    expect(await machine.getIP()).toBe(guestIp());
  });

  it("one whose address another machine has by now: that one lets nobody in", async () => {
    await using world = await openWorld();
    const other = await createMachine(world.options({ name: "other" }), world.context);
    const ip = await other.getIP();
    await writeLease({ path: leases(world), mac: MAC, ip });
    const machine = await createMachine(world.options(), world.context);
    expect(await machine.getIP()).toBe(guestIp());
    expect(await other.getIP()).toBe(ip);
  });

  it("an odd line, rubbish, and bytes without their zeros", async () => {
    await using world = await openWorld();
    writeFileSync(leases(world), "{\n\tname=odd\n\thw_address=banana\n}\n\0\xff}{\n");
    const machine = await createMachine(world.options(), world.context);
    expect(await machine.getIP()).toBe(guestIp());
    appendFileSync(leases(world), "{\n\tname=half");
    expect(await machine.getIP()).toBe(guestIp());
  });

  it("one that changes while it is waited for: the new one is followed", async () => {
    await using world = await openWorld();
    const context = world.with({ FAKE_VFKIT_FAULTS: "no-lease" });
    const made = await createMachine(world.options({ start: false }), context);
    const waiting = world.next("start.lease.waiting");
    const starting = made.start();
    await waiting;
    const found = world.next("start.lease.found");
    await writeLease({ path: leases(world), mac: MAC, ip: "127.255.255.249" });
    expect(await found).toMatchObject({ data: { ip: "127.255.255.249" } });
    rmSync(leases(world));
    await writeLease({ path: leases(world), mac: MAC, ip: guestIp() });
    await starting;
    expect(await made.getIP()).toBe(guestIp());
  });

  it("one that changes while the machine runs", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    await writeLease({ path: leases(world), mac: MAC, ip: "127.255.255.250", extraSeconds: 60 });
    expect(await machine.getIP()).toBe(guestIp());
  });

  it("the file removed while the machine runs: the address at which it answers still holds", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options(), world.context);
    writeFileSync(leases(world), "");
    expect(await machine.getIP()).toBe(guestIp());
  });
});
