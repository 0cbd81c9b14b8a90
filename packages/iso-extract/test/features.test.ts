import { mkdir, open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openIso } from "../src/index.js";
import { contents, readImageTree } from "./support/image-tree.js";
import { makeSourceTree, makeSparseFile, noise, readSourceTree } from "./support/source-tree.js";
import { has, memoryDirectory, run, scratch } from "./support/tools.js";

const directory = scratch();
const at = (name: string): string => join(directory.path, name);
/** Holes of a file in memory are read many times faster than holes on a disk. */
const huge = scratch(memoryDirectory());
const inHuge = (name: string): string => join(huge.path, name);
const tree = at("tree");

beforeAll(async () => {
  await mkdir(tree);
  await makeSourceTree(tree);
  // With symbolic links, genisoimage -udf never ends on some trees: it depends on their inodes.
  await mkdir(at("plain/boot"), { recursive: true });
  await writeFile(at("plain/boot/bzimage"), noise(300_000, 1));
});
afterAll(() => {
  directory[Symbol.dispose]();
  huge[Symbol.dispose]();
});

describe("a file over 4 GiB", () => {
  test.skipIf(!has("xorriso"))(
    "is read over all its extents, 5 GiB mostly of holes (needs xorriso)",
    async () => {
      const GIB = 2 ** 30;
      const size = 5 * GIB + 12_345;
      const data = [0, 3 * GIB, 4 * GIB - 70_000, 5 * GIB, size - 3000].map((position, index) => ({
        at: position,
        bytes: noise(Math.min(140_000, size - position, index === 3 ? 1000 : 140_000), index + 1),
      }));
      await mkdir(inHuge("huge"));
      await makeSparseFile(inHuge("huge/big.img"), size, data);
      await writeFile(inHuge("huge/behind.txt"), "behind");
      // What xorriso writes is mostly zeros: holes keep the disk small and the test fast.
      const script = `xorriso -as mkisofs -quiet -iso-level 3 -R "$1" | dd of="$2" bs=1M iflag=fullblock conv=sparse status=none`;
      run("sh", "-c", script, "sh", inHuge("huge"), inHuge("huge.iso"));
      await using iso = await openIso(inHuge("huge.iso"));
      expect((await iso.stat("/big.img")).sizeBytes).toBe(size);
      let position = 0;
      let differing = 0;
      const zeros = Buffer.alloc(2 ** 20);
      for await (const piece of iso.readStream("/big.img", { chunkBytes: 2 ** 20 })) {
        const chunk = piece as Buffer;
        const expected = Buffer.from(zeros.subarray(0, chunk.length));
        for (const { at: from, bytes } of data) {
          const start = Math.max(from, position);
          const end = Math.min(from + bytes.length, position + chunk.length);
          if (start < end) bytes.copy(expected, start - position, start - from, end - from);
        }
        if (!chunk.equals(expected)) differing += 1;
        position += chunk.length;
      }
      expect({ position, differing }).toEqual({ position: size, differing: 0 });
      // Over the limit of the first extent, 4 GiB less one block.
      const [, , straddling] = data;
      const range = { start: 4 * GIB - 70_000, end: 4 * GIB + 70_000 };
      expect(
        (await collect(iso.readStream("/big.img", range))).equals(straddling?.bytes ?? zeros),
      ).toBe(true);
      expect((await collect(iso.readStream("/behind.txt"))).toString()).toBe("behind");
    },
    120_000,
  );
});

describe("hybrid images", () => {
  test.skipIf(!has("xorriso"))(
    "with MBR, GPT and El Torito are told as such (needs xorriso)",
    async () => {
      await mkdir(at("bootable/isolinux"), { recursive: true });
      await writeFile(at("bootable/isolinux/boot.bin"), noise(4096, 3));
      await writeFile(at("bootable/efi.img"), noise(65_536, 4));
      await writeFile(at("mbr.bin"), noise(432, 5));
      const common = [
        "-as",
        "mkisofs",
        "-quiet",
        "-R",
        "-J",
        "-V",
        "HYBRID",
        "-b",
        "isolinux/boot.bin",
        "-no-emul-boot",
        "-boot-load-size",
        "4",
      ];
      run(
        "xorriso",
        ...common,
        "-isohybrid-mbr",
        at("mbr.bin"),
        "-eltorito-alt-boot",
        "-e",
        "efi.img",
        "-no-emul-boot",
        "-isohybrid-gpt-basdat",
        "-o",
        at("hybrid.iso"),
        at("bootable"),
      );
      await using iso = await openIso(at("hybrid.iso"));
      expect(iso.volume).toMatchObject({
        label: "HYBRID",
        boot: { elTorito: true, mbr: true, gpt: true },
      });
      const found = await readImageTree(iso);
      // The catalog is made by xorriso.
      found.delete("/boot.catalog");
      expect(contents(found)).toEqual(contents(await readSourceTree(at("bootable"))));
    },
  );

  test.skipIf(!has("xorriso"))("a plain image is none (needs xorriso)", async () => {
    run(
      "xorriso",
      "-as",
      "mkisofs",
      "-quiet",
      "-R",
      "-V",
      "PLAIN",
      "-publisher",
      "SOMEBODY",
      "-o",
      at("plain.iso"),
      tree,
    );
    await using iso = await openIso(at("plain.iso"));
    expect(iso.volume.boot).toEqual({
      elTorito: false,
      mbr: false,
      gpt: false,
      applePartitionMap: false,
    });
    expect(iso.volume).toMatchObject({
      label: "PLAIN",
      publisherId: "SOMEBODY",
      blockSizeBytes: 2048,
      missingBytes: 0,
      udfBridge: false,
      imageSizeBytes: (await stat(at("plain.iso"))).size,
    });
    expect(iso.volume.createdAt?.getFullYear()).toBeGreaterThan(2020);
  });
});

describe("UDF", () => {
  test.skipIf(!has("genisoimage"))(
    "beside ISO 9660 is a bridge: its ISO side is read (needs genisoimage)",
    async () => {
      run("genisoimage", "-quiet", "-R", "-udf", "-o", at("bridge.iso"), at("plain"));
      await using iso = await openIso(at("bridge.iso"));
      expect(iso.volume.udfBridge).toBe(true);
      expect((await iso.stat("/boot/bzimage")).sizeBytes).toBe(300_000);
    },
  );

  test.skipIf(!has("genisoimage"))("alone is refused by name (needs genisoimage)", async () => {
    run("genisoimage", "-quiet", "-R", "-udf", "-o", at("udf.iso"), at("plain"));
    const bytes = await readFile(at("udf.iso"));
    for (
      let sector = 16;
      bytes.subarray(sector * 2048 + 1, sector * 2048 + 6).toString() === "CD001";
      sector += 1
    ) {
      bytes.fill(0, sector * 2048, (sector + 1) * 2048);
    }
    await writeFile(at("udf.iso"), bytes);
    await expect(openIso(at("udf.iso"))).rejects.toMatchObject({
      code: "ERR_ISO_UNSUPPORTED",
      message: expect.stringMatching(/only UDF/),
      hint: expect.stringMatching(/7z/),
    });
  });
});

describe("sources", () => {
  test.skipIf(!has("xorriso"))(
    "a path, a FileHandle that stays open, bytes in memory (needs xorriso)",
    async () => {
      run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", at("source.iso"), tree);
      const handle = await open(at("source.iso"), "r");
      const bytes = await readFile(at("source.iso"));
      // At most 1000 bytes at a time: every read must be prepared to get less.
      const memory = {
        sizeBytes: bytes.length,
        name: "memory",
        read: async (target: Uint8Array, position: number) =>
          bytes.copy(target, 0, position, position + Math.min(1000, target.length)),
      };
      for (const input of [at("source.iso"), handle, memory]) {
        const iso = await openIso(input);
        await iso.extractFile("/boot/initrd", at("initrd"));
        expect((await readFile(at("initrd"))).equals(noise(123_457, 2))).toBe(true);
        await iso.close();
        await iso.close();
        await expect(iso.stat("/")).rejects.toMatchObject({ code: "ERR_ISO_CLOSED" });
      }
      expect((await handle.stat()).size).toBe(bytes.length);
      await handle.close();
    },
  );

  test("what is no image is told from what it is", async () => {
    await writeFile(at("zeros"), Buffer.alloc(100_000));
    await writeFile(at("page.iso"), Buffer.from("<!DOCTYPE html><html>404"));
    await writeFile(
      at("packed.iso"),
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), noise(50_000, 1)]),
    );
    await writeFile(at("empty.iso"), Buffer.alloc(0));
    const raw = Buffer.alloc(100_000);
    raw.fill(255, 1, 11);
    await writeFile(at("raw.iso"), raw);
    const NOT = "ERR_ISO_NOT_AN_ISO";
    const expected = [
      ["zeros", NOT, /no CD001 at byte 32769/],
      ["page.iso", NOT, /web page/],
      ["packed.iso", NOT, /gzip/],
      ["empty.iso", NOT, /0 bytes/],
      ["raw.iso", "ERR_ISO_UNSUPPORTED", /raw CD sectors/],
      ["absent.iso", "ERR_ISO_READ_FAILED", /ENOENT/],
      [".", "ERR_ISO_READ_FAILED", /neither a file nor a block device/],
    ] as const;
    for (const [name, code, message] of expected) {
      await expect(openIso(at(name)), name).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    await expect(openIso("")).rejects.toMatchObject({ code: "ERR_ISO_INVALID_ARGUMENT" });
  });
});

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
