import { execFileSync } from "node:child_process";
import { mkdir, open, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBoot2dockerDisk, createRawDisk, inspectDisk } from "../src/index.js";
import { makeDirectory, makePublicKey, MIB, reasonOf, run, whyNot } from "./support.js";

const KEY = makePublicKey("c1");
const PARTITION = 1 * MIB;

/** A partition table as fdisk makes it for one partition at 1 MiB (UEFI specification, chapter 5). */
async function writeGpt(path: string): Promise<void> {
  const head = Buffer.alloc(3 * 512);
  head.writeUInt8(0xee, 446 + 4);
  head.writeUInt32LE(1, 446 + 8);
  head.writeUInt16LE(0xaa55, 510);
  head.write("EFI PART", 512, "latin1");
  head.writeBigUInt64LE(2n, 512 + 72);
  head.writeUInt32LE(128, 512 + 80);
  head.writeUInt32LE(128, 512 + 84);
  // Type GUID of a Linux file system, in its mixed byte order.
  head.write("af3dc60f838472478e793d69d8477de4", 1024, "hex");
  head.writeBigUInt64LE(BigInt(PARTITION / 512), 1024 + 32);
  const handle = await open(path, "r+");
  await handle.write(head, 0, head.length, 0);
  await handle.close();
}

function mkfs(path: string, ...options: readonly string[]): void {
  run("mkfs.ext4", "-qF", "-i", "2048", ...options, path, "40M");
}

describe("inspectDisk", () => {
  it("says that a guest would format a new disk, and whose key it would take", async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createBoot2dockerDisk(path, { sizeMiB: 1024, publicKey: KEY });
    expect(await inspectDisk(path)).toEqual({
      path,
      sizeBytes: 1024 * MIB,
      allocatedBytes: (await stat(path)).blocks * 512,
      hasMagic: true,
      publicKeys: [KEY],
      partitionTable: "none",
      filesystems: [],
      guestAction: "format",
    });
  });

  it("says that a guest would ignore an empty disk", async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createRawDisk(path, { sizeMiB: 8 });
    expect(await inspectDisk(path)).toMatchObject({
      sizeBytes: 8 * MIB,
      allocatedBytes: 0,
      hasMagic: false,
      guestAction: "ignore",
    });
  });

  const noMkfs = whyNot("mkfs.ext4", "-V");
  const reason = reasonOf(noMkfs);
  it.skipIf(noMkfs !== undefined)(`finds ext4 on the whole disk${reason}`, async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createBoot2dockerDisk(path, { sizeMiB: 64, publicKey: KEY });
    mkfs(path, "-L", "boot2docker-data");
    expect(await inspectDisk(path)).toMatchObject({
      hasMagic: false,
      publicKeys: [],
      partitionTable: "none",
      filesystems: [
        { type: "ext4", label: "boot2docker-data", offsetBytes: 0, partition: undefined },
      ],
      guestAction: "mount",
    });
  });

  it.skipIf(noMkfs !== undefined)(`finds ext4 in a GPT partition${reason}`, async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createBoot2dockerDisk(path, { sizeMiB: 64, publicKey: KEY });
    await writeGpt(path);
    mkfs(path, "-L", "boot2docker-data", "-E", `offset=${PARTITION}`);
    expect(await inspectDisk(path)).toMatchObject({
      partitionTable: "gpt",
      filesystems: [
        { type: "ext4", label: "boot2docker-data", offsetBytes: PARTITION, partition: 1 },
      ],
      guestAction: "mount",
    });
  });

  it.skipIf(noMkfs !== undefined)(`would leave another's file system alone${reason}`, async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createRawDisk(path, { sizeMiB: 64 });
    mkfs(path, "-L", "backup", "-O", "^has_journal");
    expect(await inspectDisk(path)).toMatchObject({
      filesystems: [{ type: "ext4", label: "backup" }],
      guestAction: "ignore",
    });
  });

  it.each([0, 1, 28, 29, 511, 1024, 4095])("reads a file of %d bytes", async (length) => {
    const directory = await makeDirectory();
    const whole = join(directory, "whole.img");
    await createBoot2dockerDisk(whole, { sizeMiB: 1, publicKey: KEY });
    await truncate(whole, length);
    expect(await inspectDisk(whole)).toMatchObject({ sizeBytes: length, hasMagic: length >= 29 });
  });

  it("reads little of a hostile image", async () => {
    const path = join(await makeDirectory(), "disk.img");
    await createRawDisk(path, { sizeMiB: 1024 * 1024 });
    await writeGpt(path);
    const handle = await open(path, "r+");
    for (const [value, at] of [
      [2n ** 54n, 512 + 72],
      [0x0000_0080_ffff_ffffn, 512 + 80],
      [0xef53n, 1024 + 56],
    ] as const) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(value);
      await handle.write(bytes, 0, 8, at);
    }
    await handle.close();
    expect(await inspectDisk(path)).toMatchObject({
      partitionTable: "gpt",
      filesystems: [{ type: "ext2", label: "", offsetBytes: 0, partition: undefined }],
      guestAction: "ignore",
    });
  });

  it("refuses what is no disk, without waiting for a named pipe", async () => {
    const directory = await makeDirectory();
    const path = (name: string): string => join(directory, name);
    await mkdir(path("directory"));
    execFileSync("mkfifo", [path("pipe")]);
    await writeFile(path("file"), "");
    await expect(inspectDisk(path("absent"))).rejects.toMatchObject({
      code: "ERR_DISK_NOT_FOUND",
      message: expect.stringContaining(path("absent")),
    });
    for (const name of ["directory", "pipe"]) {
      await expect(inspectDisk(path(name))).rejects.toMatchObject({
        code: "ERR_DISK_NOT_A_FILE",
        message: `cannot inspect the disk ${path(name)}: not a regular file`,
      });
    }
    await expect(inspectDisk(path("file/x"))).rejects.toMatchObject({ code: "ERR_DISK_NOT_FOUND" });
  });
});
