import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkDiskImage, checkDiskImages, diskImageProblem } from "../src/index.js";

let directory: string;
const at = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vfkit-config-"));
  await writeFile(at("raw.img"), "data");
  await writeFile(at("one-byte.img"), "Q");
  await writeFile(at("empty.img"), "");
  await writeFile(at("qcow2.img"), Buffer.from("514649fb00000003", "hex"));
});

afterAll(() => rm(directory, { recursive: true }));

test("raw images pass, also those shorter than a header", async () => {
  await expect(checkDiskImage(at("raw.img"))).resolves.toBeUndefined();
  await expect(checkDiskImage(at("one-byte.img"))).resolves.toBeUndefined();
});

test.each([
  ["empty.img", "the disk image is empty"],
  ["qcow2.img", "not a raw disk image"],
  ["missing.img", "ENOENT"],
  [".", "EISDIR"],
  ["raw.img/x", "ENOTDIR"],
])("%s does not", async (name, message) => {
  await expect(checkDiskImage(at(name))).rejects.toMatchObject({
    code: "ERR_DISK_IMAGE",
    message: expect.stringContaining(message),
  });
});

test("a FIFO without a writer hangs nobody", async () => {
  await promisify(execFile)("mkfifo", [at("fifo")]);
  await expect(checkDiskImage(at("fifo"))).rejects.toMatchObject({ code: "ERR_DISK_IMAGE" });
});

test("of the devices, only virtio-blk is looked at, as vfkit does", async () => {
  await checkDiskImages([{ kind: "nvme", path: at("empty.img") }]);
  await expect(
    checkDiskImages([{ kind: "virtio-blk", path: at("empty.img") }]),
  ).rejects.toMatchObject({ code: "ERR_DISK_IMAGE" });
});

test("three bytes of the magic are not qcow2", () => {
  expect(diskImageProblem(Buffer.from("514649", "hex"))).toBeUndefined();
  expect(diskImageProblem(Buffer.from("514649fb", "hex"))).toBe("qcow2");
});
