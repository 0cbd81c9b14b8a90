import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MachineError, timeoutError } from "@vfkit-machine/host";
import { createManualClock, type ManualClock } from "@vfkit-machine/host/testing";
import { expect, it, vi } from "vitest";
import { formatLeases, waitForLease, type Lease, type WaitForLeaseOptions } from "../src/index.js";
import { leasesText, MAC, makeDirectory, NOW, replaceFile } from "./support.js";

const OTHER = "0a:00:00:00:00:01";

interface Wait {
  readonly path: string;
  readonly clock: ManualClock;
  start(options?: Partial<WaitForLeaseOptions>): Promise<Lease>;
  /** Neither timer nor watch is left. */
  expectClosed(): Promise<void>;
}

/** The clock stands still unless it is moved: what arrives without that came by an event. */
async function prepare(content?: string): Promise<Wait> {
  const directory = await makeDirectory();
  const path = join(directory, "dhcpd_leases");
  if (content !== undefined) await writeFile(path, content);
  const clock = createManualClock(NOW);
  const bootptabPath = join(directory, "bootptab");
  return {
    path,
    clock,
    start: (options) => waitForLease({ macAddress: MAC, path, bootptabPath, clock, ...options }),
    expectClosed: () => vi.waitFor(() => expect(clock.pending()).toBe(0)),
  };
}

/** Moves the clock to the deadline once the wait stands, and gives the error. */
async function timedOut(
  wait: Wait,
  options: Partial<WaitForLeaseOptions> = {},
): Promise<MachineError> {
  const error = wait.start({ timeoutMs: 30_000, ...options }).catch((reason: unknown) => reason);
  await vi.waitFor(() => expect(wait.clock.pending()).toBeGreaterThanOrEqual(2));
  await wait.clock.advance(30_000);
  const reason = await error;
  if (reason instanceof MachineError) return reason;
  throw reason;
}

it("takes a lease that is there already, the one that expires last", async () => {
  const wait = await prepare(
    leasesText(["10.0.0.1", MAC, 1000], ["10.0.0.2", MAC, 2000], ["10.0.0.3", OTHER]),
  );
  await expect(wait.start({ macAddress: "8E-1-99-9C-54-B1" })).resolves.toMatchObject({
    ipAddress: "10.0.0.2",
    macAddress: MAC,
  });
  await wait.expectClosed();
});

it("takes a lease the moment it is written, and not an expired one", async () => {
  const stale = leasesText(["10.0.0.1", MAC, -1]);
  const wait = await prepare(stale);
  const lease = wait.start();
  await vi.waitFor(() => expect(wait.clock.pending()).toBe(2));
  await replaceFile(wait.path, leasesText(["10.0.0.7", OTHER]) + stale);
  await replaceFile(wait.path, leasesText(["10.0.0.2", MAC]) + stale);
  await expect(lease).resolves.toMatchObject({ ipAddress: "10.0.0.2" });
  await wait.expectClosed();
});

it("takes a static binding, which never appears among the leases", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", MAC]));
  await writeFile(join(wait.path, "..", "bootptab"), `%%\nc1 1 ${MAC} 10.0.0.20\n`);
  await expect(wait.start()).resolves.toMatchObject({ ipAddress: "10.0.0.20", source: "bootptab" });
});

it("tries every candidate and takes the first that is accepted, though another hangs", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", MAC]));
  const hanging: AbortSignal[] = [];
  const lease = wait.start({
    accept: ({ ipAddress }, { signal }) => {
      if (ipAddress === "10.0.0.2") return true;
      hanging.push(signal);
      return new Promise(() => undefined);
    },
  });
  await vi.waitFor(() => expect(hanging).toHaveLength(1));
  await replaceFile(wait.path, leasesText(["10.0.0.2", MAC], ["10.0.0.1", MAC]));
  await expect(lease).resolves.toMatchObject({ ipAddress: "10.0.0.2" });
  await wait.expectClosed();
  expect(hanging.map(({ aborted }) => aborted)).toEqual([true]);
});

it("asks again for an address where the guest has not booted yet", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", MAC]));
  let asked = 0;
  const lease = wait.start({ accept: () => ++asked === 3, retryIntervalMs: 200 });
  await vi.waitFor(() => expect(asked).toBe(1));
  await wait.clock.advance(400);
  await expect(lease).resolves.toMatchObject({ ipAddress: "10.0.0.1" });
});

it("ends with what accept throws, its own time-out included", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", MAC]));
  const failure = timeoutError("connecting to 10.0.0.1", 5);
  const lease = wait.start({
    accept: () => {
      throw failure;
    },
  });
  await expect(lease).rejects.toBe(failure);
  await wait.expectClosed();
});

it("ends when the signal aborts, and refuses what is no MAC address", async () => {
  const wait = await prepare();
  const controller = new AbortController();
  const lease = wait.start({ signal: controller.signal });
  controller.abort(new Error("the virtual machine died"));
  await expect(lease).rejects.toMatchObject({
    code: "ERR_ABORTED",
    cause: new Error("the virtual machine died"),
  });
  await wait.expectClosed();
  await expect(wait.start({ macAddress: "c1" })).rejects.toMatchObject({
    code: "ERR_INVALID_MAC_ADDRESS",
  });
});

it("says at its end that the file is absent", async () => {
  const wait = await prepare();
  expect(await timedOut(wait)).toMatchObject({
    code: "ERR_LEASE_TIMEOUT",
    message: `waiting for a DHCP lease of ${MAC} in ${wait.path}: gave up after 30 s: the leases file does not exist: bootpd has given no lease yet`,
    hint: expect.stringContaining("application firewall"),
  });
  await wait.expectClosed();
});

it("says at its end what the file holds instead", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", OTHER]));
  expect((await timedOut(wait)).message).toContain(`none of 1 lease is of ${MAC}`);
});

it("says at its end that the guest probably has a lease under a DUID", async () => {
  const hardware = { type: 255, address: "f1:f5:dd:7f:00:02:00:00:ab:11" };
  const wait = await prepare(
    formatLeases([{ name: "cloud", ipAddress: "10.0.0.9", hardware, expiresAtMs: NOW + 60_000 }]),
  );
  expect(await timedOut(wait)).toMatchObject({
    message: expect.stringContaining("DUID instead of a MAC address: 10.0.0.9 (cloud)"),
    hint: expect.stringContaining("dhcp-identifier: mac"),
  });
});

it("says at its end that the pool is full", async () => {
  const rows = Array.from({ length: 253 }, (_, index) => {
    return [
      `192.168.64.${index + 2}`,
      `0a:00:00:00:01:${index.toString(16).padStart(2, "0")}`,
    ] as const;
  });
  const wait = await prepare(leasesText(...rows));
  expect((await timedOut(wait)).message).toContain(
    "253 of about 253 addresses of 192.168.64.0/24 are taken",
  );
});

it("says at its end at which addresses no guest answered", async () => {
  const wait = await prepare(leasesText(["10.0.0.1", MAC], ["10.0.0.2", MAC]));
  const error = await timedOut(wait, { accept: () => false });
  expect(error).toMatchObject({
    code: "ERR_LEASE_TIMEOUT",
    message: expect.stringContaining("no guest answered at 10.0.0.1, 10.0.0.2"),
  });
  await wait.expectClosed();
});
