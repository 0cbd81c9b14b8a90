import { appendFile, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createManualClock, type ManualClock } from "@vfkit-machine/host/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import { watchLeases, type LeasesFile } from "../src/index.js";
import { leasesText, MAC, makeDirectory, NOW, replaceFile } from "./support.js";

interface Watch {
  readonly clock: ManualClock;
  readonly controller: AbortController;
  /** The next state of the file. */
  readonly next: () => Promise<LeasesFile>;
  /** Nothing of it is left. */
  readonly expectClosed: () => Promise<void>;
}

/** The clock stands still unless it is moved: what arrives without that came by an event. */
function watch(path: string): Watch {
  const clock = createManualClock(NOW);
  const controller = new AbortController();
  const iterator = watchLeases({ path, clock, signal: controller.signal });
  onTestFinished(() => controller.abort());
  return {
    clock,
    controller,
    next: async () => (await iterator.next()).value,
    expectClosed: () => vi.waitFor(() => expect(clock.pending()).toBe(0)),
  };
}

function addresses({ leases }: LeasesFile): string[] {
  return leases.map(({ ipAddress }) => ipAddress);
}

const ONE = leasesText(["10.0.0.1", MAC]);
const TWO = leasesText(["10.0.0.2", MAC], ["10.0.0.1", MAC]);

it("yields the file as it stands, then as it is after each rename, without waiting for the poll", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  const { next, controller, expectClosed } = watch(path);
  expect(await next()).toMatchObject({ path, isPresent: false, leases: [] });
  for (let round = 0; round < 20; round += 1) {
    const content = round % 2 === 0 ? ONE : TWO;
    const [found] = await Promise.all([next(), replaceFile(path, content)]);
    expect(found).toMatchObject({ isPresent: true });
    expect(addresses(found)).toEqual(round % 2 === 0 ? ["10.0.0.1"] : ["10.0.0.2", "10.0.0.1"]);
  }
  const [gone] = await Promise.all([next(), rm(path)]);
  expect(gone).toMatchObject({ isPresent: false, leases: [] });
  const pending = next();
  controller.abort(new Error("enough"));
  await expect(pending).rejects.toMatchObject({ code: "ERR_ABORTED", cause: new Error("enough") });
  await expectClosed();
});

it("sees a file that is written in place", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  await writeFile(path, ONE.slice(0, 20));
  const { next } = watch(path);
  expect(await next()).toMatchObject({ leases: [], skippedCount: 1 });
  const [found] = await Promise.all([next(), appendFile(path, ONE.slice(20))]);
  expect(addresses(found)).toEqual(["10.0.0.1"]);
});

it("takes changes together that come while the loop is busy, and passes over a rewrite of the same", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  await writeFile(path, ONE);
  const { next } = watch(path);
  expect(addresses(await next())).toEqual(["10.0.0.1"]);
  for (let round = 0; round < 10; round += 1) await replaceFile(path, round % 2 === 0 ? TWO : ONE);
  await replaceFile(path, TWO);
  expect(addresses(await next())).toEqual(["10.0.0.2", "10.0.0.1"]);
  await replaceFile(path, TWO);
  const [found] = await Promise.all([next(), replaceFile(path, ONE)]);
  expect(addresses(found)).toEqual(["10.0.0.1"]);
});

it("is not disturbed by the other files of the directory", async () => {
  const directory = await makeDirectory();
  const path = join(directory, "dhcpd_leases");
  const { next } = watch(path);
  await next();
  const pending = next();
  for (const name of ["dhcpd_leases-", "other", "xdhcpd_leases"])
    await writeFile(join(directory, name), TWO);
  await replaceFile(path, ONE);
  expect(addresses(await pending)).toEqual(["10.0.0.1"]);
});

it("finds by polling what comes without an event", async () => {
  const directory = await makeDirectory();
  const elsewhere = join(directory, "elsewhere");
  await mkdir(elsewhere);
  const target = join(elsewhere, "dhcpd_leases");
  const path = join(directory, "dhcpd_leases");
  await writeFile(target, ONE);
  await symlink(target, path);
  const { next, clock } = watch(path);
  expect(addresses(await next())).toEqual(["10.0.0.1"]);
  // The first look of the poll has to be over, or it would find the change as well.
  await vi.waitFor(() => expect(clock.pending()).toBe(1));
  const pending = next();
  await replaceFile(target, TWO);
  let isSeen = false;
  void pending.then(() => (isSeen = true));
  await clock.advance(999);
  expect(isSeen).toBe(false);
  await clock.advance(1);
  expect(addresses(await pending)).toEqual(["10.0.0.2", "10.0.0.1"]);
});

it("waits for a directory that does not exist yet, then watches it", async () => {
  const directory = join(await makeDirectory(), "later");
  const path = join(directory, "dhcpd_leases");
  const { next, clock } = watch(path);
  expect(await next()).toMatchObject({ isPresent: false });
  await vi.waitFor(() => expect(clock.pending()).toBe(1));
  await mkdir(directory);
  await replaceFile(path, ONE);
  const [found] = await Promise.all([next(), clock.advance(1000)]);
  expect(addresses(found)).toEqual(["10.0.0.1"]);
  const [changed] = await Promise.all([next(), replaceFile(path, TWO)]);
  expect(addresses(changed)).toEqual(["10.0.0.2", "10.0.0.1"]);
});

it("follows the name when the directory is replaced by another", async () => {
  const root = await makeDirectory();
  const directory = join(root, "db");
  const path = join(directory, "dhcpd_leases");
  await mkdir(directory);
  await writeFile(path, ONE);
  const { next, clock } = watch(path);
  expect(addresses(await next())).toEqual(["10.0.0.1"]);
  await vi.waitFor(() => expect(clock.pending()).toBe(1));
  await rename(directory, join(root, "old"));
  await mkdir(directory);
  await writeFile(path, TWO);
  const [found] = await Promise.all([next(), clock.advance(1000)]);
  expect(addresses(found)).toEqual(["10.0.0.2", "10.0.0.1"]);
  const [changed] = await Promise.all([next(), replaceFile(path, ONE)]);
  expect(addresses(changed)).toEqual(["10.0.0.1"]);
});

it("closes its watch when the loop is left", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  const clock = createManualClock(NOW);
  for await (const { isPresent } of watchLeases({ path, clock })) {
    expect(isPresent).toBe(false);
    break;
  }
  await vi.waitFor(() => expect(clock.pending()).toBe(0));
});

it("ends with what cannot be read, and with a signal that aborted before", async () => {
  const path = join(await makeDirectory(), "dhcpd_leases");
  await mkdir(path);
  await expect(watchLeases({ path }).next()).rejects.toMatchObject({
    code: "ERR_LEASES_UNREADABLE",
  });
  const aborted = watchLeases({ path, signal: AbortSignal.abort() });
  await expect(aborted.next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
});
