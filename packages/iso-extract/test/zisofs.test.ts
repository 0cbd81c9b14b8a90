import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openIso, type IsoImage } from "../src/index.js";
import { noise } from "./support/source-tree.js";
import { has, run, scratch } from "./support/tools.js";

const directory = scratch();
const tree = join(directory.path, "tree");
const text = Buffer.from("a line that compresses well, number 12345\n".repeat(40_000));
const FILES: Readonly<Record<string, Buffer>> = {
  "text.txt": text,
  "noise.bin": noise(200_001, 7),
  "zeros.bin": Buffer.alloc(1_000_000),
  "mixed.bin": Buffer.concat([Buffer.alloc(100_000), text.subarray(0, 77_777), noise(50_000, 9)]),
  "block.bin": text.subarray(0, 32_768 * 3),
  "small.txt": text.subarray(0, 3000),
  empty: Buffer.alloc(0),
};

beforeAll(async () => {
  await mkdir(tree);
  for (const [name, bytes] of Object.entries(FILES)) await writeFile(join(tree, name), bytes);
});
afterAll(() => directory[Symbol.dispose]());

async function readAll(iso: IsoImage, path: string, start?: number, end?: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of iso.readStream(path, { start, end })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @returns how many files were compared */
async function compareAllFiles(image: string): Promise<number> {
  await using iso = await openIso(image);
  let compared = 0;
  for (const [name, bytes] of Object.entries(FILES)) {
    compared += 1;
    expect((await readAll(iso, name)).equals(bytes), name).toBe(true);
    expect((await iso.stat(name)).sizeBytes).toBe(bytes.length);
    await iso.extractFile(name, join(directory.path, "out"));
    expect((await readFile(join(directory.path, "out"))).equals(bytes), name).toBe(true);
  }
  const entry = await iso.stat("text.txt");
  expect(entry.compression).toBe("zisofs");
  expect(entry.storedBytes).toBeLessThan(text.length / 10);
  // Ranges within a block, over block limits, up to the end and beyond it.
  for (const [start, end] of [
    [0, 1],
    [32_767, 32_769],
    [100_000, 400_001],
    [text.length - 5, text.length + 5],
  ] as const) {
    expect((await readAll(iso, "text.txt", start, end)).equals(text.subarray(start, end))).toBe(
      true,
    );
  }
  return compared;
}

describe("zisofs", () => {
  const TOOLS = has("genisoimage") && has("mkzftree");
  test.skipIf(!TOOLS)(
    "of mkzftree and genisoimage -z (needs mkzftree and genisoimage)",
    async () => {
      const packed = join(directory.path, "packed");
      run("mkzftree", tree, packed);
      const image = join(directory.path, "geni.iso");
      run("genisoimage", "-quiet", "-R", "-z", "-o", image, packed);
      expect(await compareAllFiles(image)).toBe(Object.keys(FILES).length);
    },
  );

  test.skipIf(!has("xorriso"))("of xorriso, with blocks of 128 KiB (needs xorriso)", async () => {
    const image = join(directory.path, "xorriso.iso");
    const zisofs = "level=9:block_size=128k";
    run(
      "xorriso",
      "-zisofs",
      zisofs,
      "-outdev",
      image,
      "-map",
      tree,
      "/",
      "-set_filter_r",
      "--zisofs",
      "/",
      "--",
      "-commit",
    );
    expect(await compareAllFiles(image)).toBe(Object.keys(FILES).length);
  });

  test.skipIf(!has("xorriso"))(
    "of version 2, with numbers of 64 bits (needs xorriso)",
    async () => {
      const image = join(directory.path, "v2.iso");
      run(
        "xorriso",
        "-zisofs",
        "version_2=on",
        "-outdev",
        image,
        "-map",
        tree,
        "/",
        "-set_filter_r",
        "--zisofs",
        "/",
        "--",
        "-commit",
      );
      expect(
        (await readFile(image)).includes(
          Buffer.from([0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0]),
        ),
      ).toBe(true);
      expect(await compareAllFiles(image)).toBe(Object.keys(FILES).length);
    },
  );

  test.skipIf(!has("xorriso"))(
    "that is damaged ends with ERR_ISO_MALFORMED (needs xorriso)",
    async () => {
      const image = join(directory.path, "damaged.iso");
      run(
        "xorriso",
        "-outdev",
        image,
        "-map",
        tree,
        "/",
        "-set_filter_r",
        "--zisofs",
        "/",
        "--",
        "-commit",
      );
      const bytes = await readFile(image);
      const magic = Buffer.from([0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07]);
      // The first byte of the size, the block size, a block pointer, the first block's header.
      for (const offset of [8, 13, 20, 16 + 4 * 40]) {
        const damaged = Buffer.from(bytes);
        for (let at = damaged.indexOf(magic); at !== -1; at = damaged.indexOf(magic, at + 1)) {
          damaged[at + offset] = (damaged[at + offset] ?? 0) ^ 0xff;
        }
        const source = {
          sizeBytes: damaged.length,
          read: (target: Uint8Array, position: number) =>
            damaged.copy(target, 0, position, position + target.length),
        };
        await using iso = await openIso(source);
        await expect(readAll(iso, "mixed.bin")).rejects.toMatchObject({
          code: "ERR_ISO_MALFORMED",
        });
      }
    },
  );
});
