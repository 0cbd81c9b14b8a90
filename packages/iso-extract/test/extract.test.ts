import { execFileSync } from "node:child_process";
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openIso, type ByteSource, type IsoProgress } from "../src/index.js";
import {
  SECTOR,
  FILE,
  SYMLINK,
  craft,
  directory,
  inMemory,
  nm,
  px,
  sl,
  use,
  type CraftedRecord,
} from "./support/craft.js";
import { makeFifo, makeSourceTree, noise, readSourceTree } from "./support/source-tree.js";
import { contents } from "./support/image-tree.js";
import { has, run, scratch } from "./support/tools.js";

const root = scratch();
let place: string;
let count = 0;
const at = (name: string): string => join(place, name);

beforeEach(async () => {
  count += 1;
  place = join(root.path, `test-${count}`);
  await mkdir(place);
});
afterAll(() => root[Symbol.dispose]());

/** A crafted image with `/boot/bzimage` of three chunks and more, and `/small`. */
const kernel = noise(3_500_000, 11);
function crafted(extra: readonly CraftedRecord[] = []): ByteSource {
  return inMemory(
    craft({
      blocks: {
        20: directory(
          20,
          20,
          [
            {
              name: "BOOT",
              block: 21,
              size: SECTOR,
              flags: 2,
              systemUse: [px(0o040555), nm("boot")],
            },
            { name: "SMALL.;1", block: 22, size: 5, systemUse: [px(0o104755), nm("small")] },
            ...extra,
          ],
          { rockRidge: true },
        ),
        21: directory(21, 20, [
          {
            name: "BZIMAGE.;1",
            block: 23,
            size: kernel.length,
            systemUse: [px(FILE), nm("bzimage")],
          },
        ]),
        22: Buffer.from("small"),
        23: kernel,
      },
    }),
  );
}

const link = (
  name: string,
  ...components: readonly (readonly [number, string])[]
): CraftedRecord => ({
  name: name.toUpperCase(),
  systemUse: [px(SYMLINK), nm(name), sl(components)],
});

describe("extractFile", () => {
  test("writes aside and renames, with the mode asked for whatever the umask", async () => {
    await using iso = await openIso(crafted());
    await writeFile(at("kernel"), "old", { mode: 0o644 });
    const progress: IsoProgress[] = [];
    const result = await iso.extractFile("/BOOT/bzImage", at("kernel"), {
      mode: 0o666,
      onProgress: (step) => progress.push(step),
    });
    expect(result).toEqual({ sizeBytes: kernel.length });
    expect((await readFile(at("kernel"))).equals(kernel)).toBe(true);
    expect((await stat(at("kernel"))).mode & 0o7777).toBe(0o666);
    expect(await readdir(place)).toEqual(["kernel"]);
    const done = progress.map(({ doneBytes }) => doneBytes);
    expect(done[0]).toBe(0);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(done).size).toBe(done.length);
    expect(progress.at(-1)).toEqual({
      path: "/boot/bzimage",
      doneBytes: kernel.length,
      totalBytes: kernel.length,
      entries: 1,
    });
  });

  test("leaves the old file and nothing else when it is aborted half-way", async () => {
    await using iso = await openIso(crafted());
    await writeFile(at("kernel"), "old");
    const controller = new AbortController();
    const extraction = iso.extractFile("/boot/bzimage", at("kernel"), {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 0) controller.abort(new Error("enough"));
      },
    });
    await expect(extraction).rejects.toMatchObject({
      code: "ERR_ABORTED",
      cause: new Error("enough"),
    });
    expect(await readFile(at("kernel"), "utf8")).toBe("old");
    expect(await readdir(place)).toEqual(["kernel"]);
  });

  test("gives up at once when the source hangs and the signal aborts", async () => {
    const bytes = await readWhole(crafted());
    const controller = new AbortController();
    let hangs = false;
    const source: ByteSource = {
      sizeBytes: bytes.length,
      read: (target, position) => {
        if (!hangs) return bytes.copy(target, 0, position, position + target.length);
        queueMicrotask(() => controller.abort());
        return new Promise<number>(() => {});
      },
    };
    await using iso = await openIso(source);
    const entry = await iso.stat("/boot/bzimage");
    hangs = true;
    const extraction = iso.extractFile(entry, at("kernel"), { signal: controller.signal });
    await expect(extraction).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await readdir(place)).toEqual([]);
  });

  test("says what is wrong with the destination, and what to do", async () => {
    await using iso = await openIso(crafted());
    await expect(iso.extractFile("/small", at("no/such/file"))).rejects.toMatchObject({
      code: "ERR_ISO_WRITE_FAILED",
      hint: expect.stringMatching(/Create the directory/),
      cause: expect.objectContaining({ code: "ENOENT" }),
    });
    await mkdir(at("directory"));
    await expect(iso.extractFile("/small", at("directory"))).rejects.toMatchObject({
      code: "ERR_ISO_WRITE_FAILED",
    });
    expect(await readdir(place)).toEqual(["directory"]);
    await expect(iso.extractFile("/small", "")).rejects.toMatchObject({
      code: "ERR_ISO_INVALID_ARGUMENT",
    });
    await expect(iso.extractFile("/small", at("x"), { mode: 0o10000 })).rejects.toMatchObject({
      code: "ERR_ISO_INVALID_ARGUMENT",
    });
    await expect(iso.extractFile("/boot", at("x"))).rejects.toMatchObject({
      code: "ERR_ISO_WRONG_TYPE",
    });
    await expect(iso.extractFile("/boot/bzimg", at("x"))).rejects.toMatchObject({
      code: "ERR_ISO_ENTRY_NOT_FOUND",
      message: 'crafted.iso has no "/boot/bzimg"',
      hint: 'Did you mean "bzimage"? "/boot" holds "bzimage".',
    });
  });

  test.skipIf(process.getuid?.() !== 0 || !has("mount") || process.platform !== "linux")(
    "a full disk leaves nothing behind (needs root and mount on Linux)",
    async () => {
      await mkdir(at("full"));
      await writeFile(at("kernel.iso"), await readWhole(crafted()));
      await writeFile(at("fill.mjs"), FULL_DISK);
      const mount = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$4" "$1"';
      const said = execFileSync(
        "unshare",
        [
          "-m",
          "sh",
          "-c",
          mount,
          "sh",
          at("full"),
          process.execPath,
          at("fill.mjs"),
          at("kernel.iso"),
        ],
        { encoding: "utf8" },
      );
      expect(JSON.parse(said)).toEqual({
        code: "ERR_ISO_WRITE_FAILED",
        cause: "ENOSPC",
        hint: "Free some space on that file system, or choose another destination.",
        left: [],
      });
    },
  );

  test("leaves holes for zeros when asked", async () => {
    const size = 8 * 2 ** 20;
    const data = Buffer.concat([
      Buffer.alloc(3_000_000),
      noise(70_000, 1),
      Buffer.alloc(size - 3_070_000),
    ]);
    const image = inMemory(
      craft({ blocks: { 20: directory(20, 20, [{ name: "F", block: 30, size }]), 30: data } }),
    );
    await using iso = await openIso(image);
    await iso.extractFile("/f", at("sparse"), { sparse: true });
    expect((await readFile(at("sparse"))).equals(data)).toBe(true);
    await iso.extractFile("/f", at("dense"));
    expect((await readFile(at("dense"))).equals(data)).toBe(true);
    expect((await stat(at("sparse"))).blocks).toBeLessThan((await stat(at("dense"))).blocks);
  });

  test("takes an entry of its own image only", async () => {
    await using iso = await openIso(crafted());
    await using other = await openIso(crafted());
    const [, small] = await iso.list();
    expect(small?.name).toBe("small");
    if (small === undefined) return;
    await iso.extractFile(small, at("small"));
    expect(await readFile(at("small"), "utf8")).toBe("small");
    await expect(other.extractFile(small, at("other"))).rejects.toMatchObject({
      code: "ERR_ISO_INVALID_ARGUMENT",
    });
    await expect(iso.extractFile({ ...small }, at("copy"))).rejects.toMatchObject({
      code: "ERR_ISO_INVALID_ARGUMENT",
    });
  });
});

describe("extractTree", () => {
  describe("of a golden image", () => {
    const tree = join(root.path, "tree");
    beforeAll(async () => {
      await mkdir(tree);
      await makeSourceTree(tree);
      makeFifo(join(tree, "fifo"));
    });

    test.skipIf(!has("xorriso"))(
      "gives the whole tree back, or a part (needs xorriso)",
      async () => {
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", at("tree.iso"), tree);
        await using iso = await openIso(at("tree.iso"));
        const progress: IsoProgress[] = [];
        const result = await iso.extractTree(at("out"), {
          onProgress: (step) => progress.push(step),
        });
        const source = await readSourceTree(tree);
        source.delete("/fifo");
        const found = await readSourceTree(at("out"));
        expect(contents(found)).toEqual(contents(source));
        const files = [...source.values()].filter(({ type }) => type === "file").length;
        expect(result).toMatchObject({ files, symlinks: 6, skipped: 1 });
        expect(progress.at(-1)?.doneBytes).toBe(result.sizeBytes);
        expect(found.get("/boot/bzimage")).toEqual(source.get("/boot/bzimage"));
        expect(found.get("/boot/initrd")?.modifiedSecond).toBe(1_600_000_002);
        // Also of those that hold links, which are made last.
        const directories = [...source].filter(([, { type }]) => type === "directory");
        expect(directories.map(([path]) => [path, found.get(path)])).toEqual(directories);
        await iso.extractTree(at("part"), { from: "/boot" });
        expect((await readdir(at("part"))).toSorted()).toEqual(["bzimage", "initrd"]);
        expect((await readdir(place)).toSorted()).toEqual(["out", "part", "tree.iso"]);
      },
    );
  });

  test("keeps modes but setuid, and lets the owner in", async () => {
    await using iso = await openIso(crafted());
    await iso.extractTree(at("out"));
    expect((await stat(at("out/small"))).mode & 0o7777).toBe(0o755);
    expect((await stat(at("out/boot"))).mode & 0o7777).toBe(0o755);
  });

  test("goes into an empty directory, never into another", async () => {
    await using iso = await openIso(crafted());
    await mkdir(at("empty"));
    await iso.extractTree(at("empty"));
    const before = (await readdir(at("empty"))).length;
    expect(before).toBe(2);
    await expect(iso.extractTree(at("empty"))).rejects.toMatchObject({
      code: "ERR_ISO_DESTINATION_EXISTS",
    });
    await writeFile(at("file"), "mine");
    await expect(iso.extractTree(at("file"))).rejects.toMatchObject({
      code: "ERR_ISO_DESTINATION_EXISTS",
    });
    expect(await readFile(at("file"), "utf8")).toBe("mine");
    await expect(iso.extractTree(at("no/where"))).rejects.toMatchObject({
      code: "ERR_ISO_WRITE_FAILED",
    });
    expect((await readdir(place)).toSorted()).toEqual(["empty", "file"]);
  });

  test("leaves nothing when it is aborted or fails half-way", async () => {
    const controller = new AbortController();
    await using iso = await openIso(crafted());
    const extraction = iso.extractTree(at("out"), {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 1_500_000) controller.abort();
      },
    });
    await expect(extraction).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await using cut = await openIso(crafted([{ name: "Z.;1", block: 99_999, size: 10 }]));
    await expect(cut.extractTree(at("out"))).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
    await using bomb = await openIso(crafted(), { limits: { treeBytes: 1000 } });
    await expect(bomb.extractTree(at("out"))).rejects.toMatchObject({ code: "ERR_ISO_LIMIT" });
    expect(await readdir(place)).toEqual([]);
  });

  test.each<[string, readonly CraftedRecord[]]>([
    ["absolute", [link("a", [8, ""], [0, "etc"], [0, "passwd"])]],
    ["above the root", [link("a", [4, ""], [0, "x"])]],
    ["above the root, by way of a directory", [link("a", [0, "boot"], [4, ""], [4, ""])]],
    [
      "above the root, by way of another link",
      [link("here", [2, ""]), link("a", [0, "here"], [4, ""], [0, "x"])],
    ],
  ])("refuses a symbolic link that leads outside: %s", async (_, records) => {
    await using iso = await openIso(crafted(records));
    await expect(iso.extractTree(at("out"))).rejects.toMatchObject({
      code: "ERR_ISO_UNSAFE_PATH",
      message: expect.stringMatching(/the symbolic link "\/a" leads outside the tree/),
    });
    expect(await readdir(place)).toEqual([]);
    const result = await iso.extractTree(at("out"), { outsideSymlinks: "skip" });
    expect(result).toMatchObject({ files: 2, skipped: 1 });
    await expect(lstat(at("out/a"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("makes links that stay inside, dangling and looping ones too", async () => {
    const records = [
      link("in", [0, "boot"], [0, "bzimage"]),
      link("no", [0, "nowhere"]),
      link("me", [0, "me"]),
    ];
    await using iso = await openIso(crafted(records));
    expect(await iso.extractTree(at("out"))).toMatchObject({ symlinks: 3, skipped: 0 });
    expect(await readlink(at("out/in"))).toBe("boot/bzimage");
    expect((await readFile(at("out/in"))).equals(kernel)).toBe(true);
  });

  test("writes nothing through a link: one name for a link and a directory is refused", async () => {
    await mkdir(at("target"));
    const records: CraftedRecord[] = [
      link("trap", [4, ""], [0, "target"]),
      { name: "TRAP2", block: 21, size: SECTOR, flags: 2, systemUse: [px(0o040755), nm("trap")] },
    ];
    await using iso = await openIso(
      inMemory(
        craft({
          blocks: {
            20: directory(20, 20, records, { rockRidge: true }),
            21: directory(21, 20, [{ name: "F.;1", systemUse: [px(FILE), nm("f")] }]),
          },
        }),
      ),
    );
    await expect(iso.extractTree(at("out"))).rejects.toMatchObject({
      code: /UNSAFE_PATH|MALFORMED/,
    });
    expect(await readdir(at("target"))).toEqual([]);
    expect(await readdir(place)).toEqual(["target"]);
  });

  test("refuses a name that occurs twice", async () => {
    await using iso = await openIso(
      crafted([{ name: "SMALL2.;1", systemUse: [px(FILE), nm("small")] }]),
    );
    await expect(iso.extractTree(at("out"))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/occurs twice/),
    });
  });

  test("bounds what it holds of links", async () => {
    await using iso = await openIso(crafted([link("a", [0, "small"])]), {
      limits: { symlinkBytes: 3 },
    });
    await expect(iso.extractTree(at("out"))).rejects.toMatchObject({ code: "ERR_ISO_LIMIT" });
  });
});

describe("readStream", () => {
  test("gives ranges, in chunks, and refuses what is none", async () => {
    await using iso = await openIso(crafted());
    const read = async (start?: number, end?: number): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of iso.readStream("/boot/bzimage", { start, end, chunkBytes: 1000 })) {
        expect((chunk as Buffer).length).toBeLessThanOrEqual(1000);
        chunks.push(chunk as Buffer);
      }
      return Buffer.concat(chunks);
    };
    expect((await read()).equals(kernel)).toBe(true);
    expect((await read(1234, 56_789)).equals(kernel.subarray(1234, 56_789))).toBe(true);
    expect((await read(kernel.length)).length).toBe(0);
    expect(() => iso.readStream("/small", { start: 5, end: 4 })).toThrow(
      expect.objectContaining({ code: "ERR_ISO_INVALID_ARGUMENT" }),
    );
    expect(() => iso.readStream("/small", { chunkBytes: 0 })).toThrow(
      expect.objectContaining({ code: "ERR_ISO_INVALID_ARGUMENT" }),
    );
    const aborted = iso.readStream("/boot/bzimage", { signal: AbortSignal.abort() });
    await expect(aborted.toArray()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(iso.readStream("/nothing").toArray()).rejects.toMatchObject({
      code: "ERR_ISO_ENTRY_NOT_FOUND",
    });
  });

  test("can be left early", async () => {
    await using iso = await openIso(crafted());
    for await (const chunk of iso.readStream("/boot/bzimage", { chunkBytes: 4096 })) {
      expect((chunk as Buffer).equals(kernel.subarray(0, 4096))).toBe(true);
      break;
    }
  });
});

describe("zisofs bombs", () => {
  test("are read in bounded memory and end where the header says", async () => {
    const header = Buffer.alloc(16 + 4 * 10);
    Buffer.from([0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07]).copy(header);
    header.writeUInt32LE(0xffff_ffff, 8);
    header.set([4, 15], 12);
    const zf = use(
      "ZF",
      Buffer.concat([
        Buffer.from("pz"),
        Buffer.from([4, 15]),
        Buffer.from([255, 255, 255, 255, 255, 255, 255, 255]),
      ]),
    );
    await using iso = await openIso(
      crafted([
        { name: "BOMB", block: 22, size: header.length, systemUse: [px(FILE), nm("bomb"), zf] },
      ]),
    );
    expect((await iso.stat("/bomb")).sizeBytes).toBe(0xffff_ffff);
    await expect(iso.extractFile("/bomb", at("bomb"))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
    });
    expect(await readdir(place)).toEqual([]);
  });
});

async function readWhole(source: ByteSource): Promise<Buffer> {
  const bytes = Buffer.alloc(source.sizeBytes);
  await source.read(bytes, 0, {});
  return bytes;
}

/** Runs in a mount namespace of its own, hence as a program of its own, from the built package. */
const FULL_DISK = `
  import { readdir } from "node:fs/promises";
  import { openIso } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
  const [, , image, directory] = process.argv;
  const iso = await openIso(image);
  const error = await iso.extractFile("/boot/bzimage", directory + "/kernel").catch((error) => error);
  // From Node.js 26 on, a handle that is left to the garbage collector ends the program.
  await iso.close();
  const { code, hint, cause } = error;
  console.log(JSON.stringify({ code, cause: cause.code, hint, left: await readdir(directory) }));
`;
