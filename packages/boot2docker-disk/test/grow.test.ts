import { execFileSync } from "node:child_process";
import { mkdir, open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createBoot2dockerDisk, createRawDisk, growDisk, inspectDisk } from "../src/index.js";
import { makeDirectory, makePublicKey, MIB } from "./support.js";

it("makes a disk larger, keeps its content and takes no space for it", async () => {
  const path = join(await makeDirectory(), "disk.img");
  await createBoot2dockerDisk(path, { sizeMiB: 64, publicKey: makePublicKey("c1") });
  const before = await inspectDisk(path);
  const handle = await open(path, "r+");
  await handle.write("at the end", 64 * MIB - 10);
  await handle.close();
  const grown = await growDisk(path, { sizeMiB: 1024 * 1024 });
  expect(grown).toEqual({ path, sizeBytes: 2 ** 40, previousSizeBytes: 64 * MIB });
  const after = await inspectDisk(path);
  expect(after).toMatchObject({ guestAction: "format", publicKeys: before.publicKeys });
  expect(after.allocatedBytes).toBeLessThanOrEqual(16 * 1024);
  await truncate(path, 64 * MIB);
  expect((await readFile(path)).toString("latin1", 64 * MIB - 10)).toBe("at the end");
});

it("leaves a disk of that size alone", async () => {
  const path = join(await makeDirectory(), "disk.img");
  await createRawDisk(path, { sizeMiB: 8 });
  const { mtimeNs } = await stat(path, { bigint: true });
  expect(await growDisk(path, { sizeMiB: 8 })).toMatchObject({ previousSizeBytes: 8 * MIB });
  expect((await stat(path, { bigint: true })).mtimeNs).toBe(mtimeNs);
});

it("never makes a disk smaller, not even by the part of a MiB that it has too much", async () => {
  const path = join(await makeDirectory(), "disk.img");
  await createRawDisk(path, { sizeMiB: 8 });
  await expect(growDisk(path, { sizeMiB: 7 })).rejects.toMatchObject({
    code: "ERR_DISK_SHRINK",
    message: `cannot grow the disk ${path} to ${7 * MIB} bytes: it has ${8 * MIB}`,
  });
  await truncate(path, 8 * MIB + 512);
  await expect(growDisk(path, { sizeMiB: 8 })).rejects.toMatchObject({ code: "ERR_DISK_SHRINK" });
  expect((await stat(path)).size).toBe(8 * MIB + 512);
});

it("never cuts off what another call has added meanwhile", async () => {
  const directory = await makeDirectory();
  for (let round = 0; round < 20; round += 1) {
    const path = join(directory, `disk-${round}.img`);
    await createRawDisk(path, { sizeMiB: 1 });
    const sizes = [64, 2, 33, 8, 5, 17];
    const calls = sizes.map((sizeMiB) => growDisk(path, { sizeMiB }));
    const results = await Promise.allSettled(calls);
    const refused = results.filter((result) => result.status === "rejected");
    // A call that comes late finds the disk larger than it wants it.
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "ERR_DISK_SHRINK" });
    expect((await stat(path)).size).toBe(64 * MIB);
  }
});

it("refuses what is no disk, without waiting for a named pipe", async () => {
  const directory = await makeDirectory();
  const path = (name: string): string => join(directory, name);
  await mkdir(path("directory"));
  execFileSync("mkfifo", [path("pipe")]);
  await writeFile(path("file"), "");
  const refusal = (name: string, sizeMiB = 1): Promise<unknown> =>
    growDisk(path(name), { sizeMiB }).catch((error: unknown) => error);
  expect(await refusal("absent")).toMatchObject({ code: "ERR_DISK_NOT_FOUND" });
  expect(await refusal("directory")).toMatchObject({ code: "ERR_DISK_NOT_A_FILE" });
  expect(await refusal("pipe")).toMatchObject({ code: "ERR_DISK_NOT_A_FILE" });
  expect(await refusal("file", 1.5)).toMatchObject({ code: "ERR_DISK_INVALID_SIZE" });
});

it("does nothing after an abort", async () => {
  const path = join(await makeDirectory(), "disk.img");
  await createRawDisk(path, { sizeMiB: 1 });
  await expect(growDisk(path, { sizeMiB: 2, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "ERR_ABORTED",
  });
  expect((await stat(path)).size).toBe(MIB);
});
