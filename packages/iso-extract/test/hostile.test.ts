import { describe, expect, test } from "vitest";
import { openIso, type ByteSource, type IsoEntry, type OpenIsoOptions } from "../src/index.js";
import {
  SECTOR,
  DIRECTORY,
  FILE,
  SYMLINK,
  TERMINATOR,
  both32,
  ce,
  craft,
  descriptor,
  directory,
  inMemory,
  nm,
  px,
  record,
  sl,
  use,
  type CraftedRecord,
} from "./support/craft.js";

const ignore = (): void => {};
const open = (image: Buffer): Promise<unknown> => openIso(inMemory(image));
const rr = { rockRidge: true };

async function walkAll(source: ByteSource, options: OpenIsoOptions = {}): Promise<IsoEntry[]> {
  await using iso = await openIso(source, options);
  const entries: IsoEntry[] = [];
  for await (const entry of iso.walk()) entries.push(entry);
  return entries;
}

/** An image whose root holds these records. */
const withRoot = (records: readonly (CraftedRecord | Buffer)[], rockRidge = false): ByteSource =>
  inMemory(craft({ blocks: { 20: directory(20, 20, records, { rockRidge }) } }));

async function contentOf(source: ByteSource, path: string): Promise<Buffer> {
  await using iso = await openIso(source);
  const chunks: Buffer[] = [];
  for await (const chunk of iso.readStream(path)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("directories that loop", () => {
  test.each([
    [
      "a directory that holds itself",
      { 20: directory(20, 20, [{ name: "LOOP", block: 20, size: SECTOR, flags: 2 }]) },
    ],
    [
      "two directories that hold each other",
      {
        20: directory(20, 20, [{ name: "A", block: 21, size: SECTOR, flags: 2 }]),
        21: directory(21, 20, [{ name: "B", block: 20, size: SECTOR, flags: 2 }]),
      },
    ],
    [
      "a directory in two places, which would double at each level",
      {
        20: directory(20, 20, [
          { name: "A", block: 21, size: SECTOR, flags: 2 },
          { name: "B", block: 21, size: SECTOR, flags: 2 },
        ]),
        21: directory(21, 20, []),
      },
    ],
    [
      "a relocated directory that is its own parent",
      {
        20: directory(20, 20, [{ name: "CL", systemUse: [nm("loop"), use("CL", both32(20))] }], rr),
      },
    ],
  ])("%s", async (_, blocks) => {
    await expect(walkAll(inMemory(craft({ blocks })))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/seen before: a loop/),
    });
  });

  test("directories that overlap, each one block further, are as large as the image at most", async () => {
    const blocks: Record<number, Buffer> = {};
    for (let block = 20; block < 120; block += 1) {
      blocks[block] = directory(block, 20, [
        { name: "D", block: block + 1, size: 100 * SECTOR, flags: 2 },
      ]);
    }
    await expect(walkAll(inMemory(craft({ blocks, length: 300 })))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/its directories up to .* have \d+ bytes, the image \d+/),
    });
  });

  test("are limited in depth", async () => {
    const blocks: Record<number, Buffer> = {};
    for (let block = 20; block < 60; block += 1) {
      blocks[block] = directory(block, 20, [
        { name: "D", block: block + 1, size: SECTOR, flags: 2 },
      ]);
    }
    const image = inMemory(craft({ blocks: { ...blocks, 60: directory(60, 20, []) } }));
    expect(await walkAll(image)).toHaveLength(40);
    await expect(walkAll(image, { limits: { depth: 10 } })).rejects.toMatchObject({
      code: "ERR_ISO_LIMIT",
      hint: expect.stringMatching(/limits\.depth/),
    });
    await expect(walkAll(image, { limits: { directories: 10 } })).rejects.toMatchObject({
      code: "ERR_ISO_LIMIT",
    });
  });
});

describe("extents past the end", () => {
  test("of a file: refused before the first byte", async () => {
    const image = withRoot([{ name: "F.;1", block: 5000, size: 10 }]);
    await expect(contentOf(image, "/F")).rejects.toMatchObject({
      code: "ERR_ISO_TRUNCATED",
      message: expect.stringMatching(/"\/F" ends at byte 10240010, the image at byte 43008/),
    });
    expect(
      (await contentOf(withRoot([{ name: "F", block: 0xffffffff, size: 0 }]), "F")).length,
    ).toBe(0);
  });

  test("of a file that begins inside: not one byte is given", async () => {
    await using iso = await openIso(withRoot([{ name: "F", block: 20, size: 10 * 2 ** 20 }]));
    const chunks: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of iso.readStream("F", { chunkBytes: 512 })) chunks.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
    expect(chunks).toEqual([]);
  });

  test("of a directory, and of the root", async () => {
    const image = withRoot([{ name: "D", block: 5000, size: SECTOR, flags: 2 }]);
    await expect(walkAll(image)).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
    const cut = craft({ blocks: { 20: directory(20, 20, []) } }).subarray(0, 20 * SECTOR + 100);
    const larger = withRoot([{ name: "D", block: 20, size: 0x7fffffff, flags: 2 }]);
    await expect(walkAll(larger)).rejects.toMatchObject({ code: "ERR_ISO_MALFORMED" });
    await expect(
      walkAll(inMemory(craft({ blocks: {}, rootBlock: 0xfffffff }))),
    ).rejects.toMatchObject({
      code: "ERR_ISO_TRUNCATED",
    });
    await expect(walkAll(inMemory(cut))).rejects.toMatchObject({ code: /TRUNCATED|MALFORMED/ });
  });

  test("of a source that ends before the size it announced", async () => {
    const bytes = craft({
      blocks: { 20: directory(20, 20, [{ name: "F", block: 30, size: 100_000 }]) },
      length: 100,
    });
    const source = {
      sizeBytes: bytes.length,
      read: (target: Uint8Array, position: number) =>
        bytes.copy(target, 0, position, Math.min(position + target.length, 31 * SECTOR)),
    };
    await expect(contentOf(source, "F")).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
  });

  test.each([Number.NaN, -1, 1e9, 0.5])("of a source that says it read %s bytes", async (count) => {
    const source = { sizeBytes: 1e6, read: () => count };
    await expect(openIso(source)).rejects.toMatchObject({ code: "ERR_ISO_READ_FAILED" });
  });
});

describe("directory records", () => {
  test.each([
    ["shorter than a record can be", record({ name: "A", length: 20 })],
    ["of one byte", Buffer.from([1, 0])],
    ["longer than their sector", record({ name: "A", length: 255 })],
    ["without a name", record({ name: "" })],
    ["with a name longer than themselves", Buffer.from(record({ name: "A" })).fill(200, 32, 33)],
  ])("%s", async (_, bytes) => {
    const padding = Array.from({ length: 46 }, (_, index) => ({ name: `FILE${index}.;1` }));
    await expect(walkAll(withRoot([...padding, bytes]))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(
        /crafted\.iso .* the directory "\/" has, at byte \d+, a record of/,
      ),
    });
  });

  test("that straddle two sectors", async () => {
    const extent = directory(20, 20, [], { sectors: 2 });
    const padding = Array.from({ length: 46 }, (_, index) => record({ name: `FILE${index}.;1` }));
    Buffer.concat(padding).copy(extent, 68);
    record({ name: "S".repeat(100) }).copy(extent, 2000);
    await expect(walkAll(inMemory(craft({ blocks: { 20: extent } })))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/at byte 42960, a record of 134 bytes/),
    });
  });

  test("of zeros only are an empty directory, however long", async () => {
    const image = craft({
      blocks: { 20: directory(20, 20, []) },
      rootSize: 5000 * SECTOR,
      length: 5100,
    });
    expect(await walkAll(inMemory(image))).toEqual([]);
  });

  test("whose both-endian halves differ: the little-endian half counts, and is told once", async () => {
    const bytes = record({ name: "F.;1", block: 21, size: 5 });
    bytes.fill(0xee, 6, 10);
    bytes.fill(0xee, 14, 18);
    const told: string[] = [];
    const logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (message: string) => told.push(message),
    };
    const image = craft({
      blocks: { 20: directory(20, 20, [bytes, { name: "G.;1" }]), 21: Buffer.from("hello") },
    });
    await using iso = await openIso(inMemory(image), { logger });
    expect((await iso.stat("F")).sizeBytes).toBe(5);
    expect((await iso.stat("F")).sizeBytes).toBe(5);
    expect(await contentOf(inMemory(image), "F")).toEqual(Buffer.from("hello"));
    expect(told).toEqual([expect.stringMatching(/halves of a both-endian number differ/)]);
  });

  test("of a file in sections, one of which is missing or belongs to another", async () => {
    const first = { name: "F", block: 21, size: SECTOR, flags: 0x80 };
    await expect(walkAll(withRoot([first]))).rejects.toMatchObject({ code: "ERR_ISO_MALFORMED" });
    await expect(walkAll(withRoot([first, { name: "G" }]))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
    });
    const endless = Array.from({ length: 30 }, () => first);
    await expect(walkAll(withRoot(endless))).rejects.toMatchObject({ code: "ERR_ISO_MALFORMED" });
  });

  test("of a file in three sections, one of them empty, and of an interleaved file", async () => {
    const data = Buffer.from(
      Array.from({ length: 8 * SECTOR }, (_, at) => Math.floor(at / SECTOR)),
    );
    const image = inMemory(
      craft({
        blocks: {
          20: directory(20, 20, [
            { name: "F", block: 34, size: SECTOR, flags: 0x80 },
            { name: "F", block: 30, size: 0, flags: 0x80 },
            { name: "F", block: 30, size: 100 },
            { name: "INTER", block: 30, size: 3 * SECTOR + 10, unit: 1, gap: 1 },
            { name: "XAR", block: 30, size: 10, extendedAttributes: 2 },
          ]),
          30: data,
        },
      }),
    );
    const expected = Buffer.concat([data.subarray(4 * SECTOR, 5 * SECTOR), data.subarray(0, 100)]);
    expect((await contentOf(image, "F")).equals(expected)).toBe(true);
    const interleaved = await contentOf(image, "INTER");
    expect([0, 1, 2, 3].map((unit) => interleaved[unit * SECTOR])).toEqual([0, 2, 4, 6]);
    expect(interleaved.length).toBe(3 * SECTOR + 10);
    expect((await contentOf(image, "XAR"))[0]).toBe(2);
  });

  test("that are hidden or associated", async () => {
    const entries = await walkAll(
      withRoot([{ name: "HIDDEN", flags: 1 }, { name: "FORK", flags: 4 }, { name: "SEEN" }]),
    );
    expect(entries.map(({ name, hidden }) => [name, hidden])).toEqual([
      ["HIDDEN", true],
      ["SEEN", false],
    ]);
  });
});

/** An image with one file that has these entries. */
const oneFile = (systemUse: readonly Buffer[], extra: Record<number, Buffer> = {}): ByteSource =>
  inMemory(craft({ blocks: { 20: directory(20, 20, [{ name: "F", systemUse }], rr), ...extra } }));

/** The same with its System Use area continued in so many areas. */
const chain = (count: number): ByteSource => {
  const blocks: Record<number, Buffer> = {};
  for (let index = 1; index < count; index += 1) blocks[20 + index] = ce(21 + index, 0, 28);
  blocks[20 + count] = Buffer.concat([nm("at-the-end"), Buffer.alloc(28)]);
  return oneFile([px(FILE), ce(21, 0, 28)], blocks);
};

describe("System Use areas", () => {
  test("that continue in a loop, or at the end of the image", async () => {
    const loop = oneFile([ce(21, 0, 28)], { 21: ce(21, 0, 28) });
    await expect(walkAll(loop)).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/continues in more than 32 areas/),
    });
    await expect(walkAll(oneFile([ce(21, 0, 0xffffffff)]))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
    });
    await expect(walkAll(oneFile([ce(0xffffffff, 0xffffffff, 40)]))).rejects.toMatchObject({
      code: "ERR_ISO_TRUNCATED",
    });
  });

  test("may continue in 32 areas, and not in 33", async () => {
    expect((await walkAll(chain(32))).map(({ name }) => name)).toEqual(["at-the-end"]);
    await expect(walkAll(chain(33))).rejects.toMatchObject({ code: "ERR_ISO_MALFORMED" });
  });

  test.each([0, 1, 14, 100])("begin behind the %i bytes that SP leaves to others", async (skip) => {
    const root = directory(
      20,
      20,
      [
        {
          name: "F.;1",
          block: 21,
          size: 5,
          // What is skipped looks like entries of its own, and is none.
          systemUse: [
            Buffer.concat([nm("no"), px(SYMLINK), Buffer.alloc(100)]).subarray(0, skip),
            px(FILE),
            nm("yes"),
          ],
        },
      ],
      rr,
    );
    const self = { name: Buffer.from([0]), block: 20, size: SECTOR, flags: 2 };
    record({ ...self, systemUse: [use("SP", [0xbe, 0xef, skip]), px(DIRECTORY)] }).copy(root, 0);
    const image = craft({ blocks: { 20: root, 21: Buffer.from("hello") } });
    await using iso = await openIso(inMemory(image));
    expect(iso.volume.namespace).toBe("rock-ridge");
    const found = await iso.list();
    expect(found).toMatchObject([{ name: "yes", type: "file", mode: 0o644, sizeBytes: 5 }]);
    expect((await iso.stat("/yes")).name).toBe("yes");
  });

  test("of the root that continue in a loop", async () => {
    const root = directory(20, 20, [], rr);
    const self = record({
      name: Buffer.from([0]),
      block: 20,
      size: SECTOR,
      flags: 2,
      systemUse: [use("SP", [0xbe, 0xef, 0]), ce(21, 0, 28)],
    });
    self.copy(root, 0);
    await expect(
      openIso(inMemory(craft({ blocks: { 20: root, 21: ce(21, 0, 28) } }))),
    ).rejects.toMatchObject({ code: "ERR_ISO_MALFORMED" });
  });

  test("with a name in parts, over several areas, split within a character", async () => {
    const name = "日本語".repeat(30);
    const bytes = Buffer.from(name);
    const parts = [bytes.subarray(0, 100), bytes.subarray(100, 101), bytes.subarray(101)];
    const first = Buffer.concat([nm(parts[1] ?? "", 1), ce(22, 10, 300)]);
    const image = oneFile([px(FILE), nm(parts[0] ?? "", 1), ce(21, 0, first.length)], {
      21: first,
      22: Buffer.concat([Buffer.alloc(10), nm(parts[2] ?? ""), Buffer.alloc(300)]),
    });
    expect((await walkAll(image)).map((entry) => entry.name)).toEqual([name]);
  });

  test("whose entries overrun are read up to there", async () => {
    const overlong = use("NM", [0, 65]);
    overlong[2] = 200;
    expect(
      (await walkAll(oneFile([px(FILE), nm("name"), overlong]))).map(({ name }) => name),
    ).toEqual(["name"]);
    expect(
      (await walkAll(oneFile([px(FILE), Buffer.from("NM\0\x01")]))).map(({ name }) => name),
    ).toEqual(["F"]);
  });

  test("with a link whose component overruns, or that is too long", async () => {
    const broken = sl([[0, "abc"]]);
    broken[6] = 99;
    await expect(walkAll(oneFile([px(SYMLINK), broken]))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
    });
    const areas = Array.from({ length: 24 }, () => sl([[1, "x".repeat(240)]], 1));
    const size = Buffer.concat(areas).length;
    await expect(
      walkAll(oneFile([px(SYMLINK), ce(21, 0, size)], { 21: Buffer.concat(areas) })),
    ).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/longer than 4096 bytes/),
    });
  });

  test("with a link in components of every kind", async () => {
    const links: readonly (readonly [readonly (readonly [number, string])[], string])[] = [
      [
        [
          [8, ""],
          [0, "etc"],
          [0, "passwd"],
        ],
        "/etc/passwd",
      ],
      [
        [
          [4, ""],
          [4, ""],
          [2, ""],
          [0, "a"],
        ],
        "../.././a",
      ],
      [
        [
          [1, "long"],
          [1, "er"],
          [0, "name"],
          [0, "next"],
        ],
        "longername/next",
      ],
      [[[0, "日本"]], "日本"],
    ];
    for (const [components, target] of links) {
      const [entry] = await walkAll(oneFile([px(SYMLINK), sl(components)]));
      expect(entry).toMatchObject({ type: "symlink", linkTarget: target });
    }
    // The same in two entries, the first of which continues.
    const [entry] = await walkAll(
      oneFile([
        px(SYMLINK),
        sl(
          [
            [0, "a"],
            [1, "b"],
          ],
          1,
        ),
        sl([[0, "c"]]),
      ]),
    );
    expect(entry?.linkTarget).toBe("a/bc");
  });
});

describe("names that lead elsewhere", () => {
  test.each(["..", ".", "../../etc/passwd", "a/b", "/", "nul\0byte", ""])(
    "%j is not listed",
    async (name) => {
      const image = withRoot(
        [{ name: "F", systemUse: [px(FILE), nm(name)] }, { name: "GOOD.;1" }],
        true,
      );
      await expect(walkAll(image)).rejects.toMatchObject({ code: "ERR_ISO_UNSAFE_PATH" });
      await using iso = await openIso(image);
      await expect(iso.list("/")).rejects.toMatchObject({ code: "ERR_ISO_UNSAFE_PATH" });
      // What one asks for by a name of one's own is found all the same.
      expect((await iso.stat("/good")).name).toBe("GOOD");
    },
  );

  test("nor are plain and Joliet names of that kind", async () => {
    await expect(walkAll(withRoot([{ name: "A/B.;1" }]))).rejects.toMatchObject({
      code: "ERR_ISO_UNSAFE_PATH",
    });
    const joliet = directory(21, 21, [{ name: Buffer.from("../x", "utf16le").swap16() }]);
    const image = craft({
      blocks: { 20: directory(20, 20, []), 21: joliet },
      descriptors: [
        descriptor({ rootBlock: 20, rootSize: SECTOR }),
        descriptor({ type: 2, escape: "%/E", rootBlock: 21, rootSize: SECTOR }),
        TERMINATOR,
      ],
    });
    await expect(walkAll(inMemory(image))).rejects.toMatchObject({ code: "ERR_ISO_UNSAFE_PATH" });
  });
});

describe("symbolic links inside an image", () => {
  test("that loop, and that lead above the root", async () => {
    const image = withRoot(
      [
        { name: "A", systemUse: [px(SYMLINK), nm("a"), sl([[0, "b"]])] },
        { name: "B", systemUse: [px(SYMLINK), nm("b"), sl([[0, "a"]])] },
        {
          name: "UP",
          systemUse: [
            px(SYMLINK),
            nm("up"),
            sl([
              [4, ""],
              [4, ""],
              [0, "f"],
            ]),
          ],
        },
        { name: "F", systemUse: [px(FILE), nm("f")] },
        { name: "D", systemUse: [px(SYMLINK), nm("dangling"), sl([[0, "nowhere"]])] },
      ],
      true,
    );
    await using iso = await openIso(image);
    await expect(iso.stat("/a")).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/40 symbolic links/),
    });
    expect((await iso.stat("/a", { followSymlink: false })).type).toBe("symlink");
    expect((await iso.stat("/up")).path).toBe("/f");
    await expect(iso.stat("/dangling")).rejects.toMatchObject({ code: "ERR_ISO_ENTRY_NOT_FOUND" });
    await expect(iso.stat("/f/g")).rejects.toMatchObject({ code: "ERR_ISO_WRONG_TYPE" });
  });
});

describe("descriptors", () => {
  test("without a primary one, with odd blocks, without an end, that are cut", async () => {
    const joliet = descriptor({ type: 2, escape: "%/@", rootBlock: 20, rootSize: SECTOR });
    const blocks = { 20: directory(20, 20, []) };
    await expect(open(craft({ blocks, descriptors: [joliet, TERMINATOR] }))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
    });
    const odd = descriptor({ rootBlock: 20, rootSize: SECTOR, blockBytes: 4096 });
    await expect(open(craft({ blocks, descriptors: [odd, TERMINATOR] }))).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/logical blocks have 4096 bytes/),
    });
    const primary = descriptor({ rootBlock: 20, rootSize: SECTOR });
    await expect(open(craft({ blocks, descriptors: [primary] }))).resolves.toBeDefined();
    const endless = craft({
      blocks: { 300: directory(300, 300, []) },
      rootBlock: 300,
      descriptors: Array.from({ length: 200 }, () =>
        descriptor({ rootBlock: 300, rootSize: SECTOR }),
      ),
    });
    await expect(open(endless)).resolves.toBeDefined();
    const cut = craft({ blocks, descriptors: [primary, joliet, joliet, joliet] }).subarray(
      0,
      17 * SECTOR + 5,
    );
    await expect(open(cut)).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
    const high = Buffer.alloc(40 * SECTOR);
    high.write("CDROM", 16 * SECTOR + 9);
    await expect(open(high)).rejects.toMatchObject({
      code: "ERR_ISO_UNSUPPORTED",
      message: expect.stringMatching(/High Sierra/),
    });
  });

  test.each([512, 1024] as const)("with logical blocks of %d bytes", async (blockBytes) => {
    const first = 40_960 / blockBytes;
    const image = craft({
      blockBytes,
      rootBlock: first,
      blocks: {
        [first]: directory(first, first, [
          { name: "F.;1", block: first + 2048 / blockBytes + 1, size: 3 },
        ]),
        [first + 2048 / blockBytes + 1]: Buffer.from("abc"),
      },
    });
    expect((await contentOf(inMemory(image), "f")).toString()).toBe("abc");
  });

  test.each([
    ["applePartitionMap", 0, [0x45, 0x52]],
    ["mbr", 510, [0x55, 0xaa]],
    ["gpt", 512, [...Buffer.from("EFI PART")]],
  ] as const)("behind a system area with %s: it is told, and alone", async (name, at, bytes) => {
    const image = craft({ blocks: { 20: directory(20, 20, [{ name: "F.;1" }]) } });
    image.set(bytes, at);
    await using iso = await openIso(inMemory(image));
    const none = { elTorito: false, mbr: false, gpt: false, applePartitionMap: false };
    expect(iso.volume.boot).toEqual({ ...none, [name]: true });
    expect((await iso.list()).map((entry) => entry.name)).toEqual(["F"]);
  });

  test("a tree that is not there is refused by name", async () => {
    await expect(openIso(withRoot([]), { namespace: "joliet" })).rejects.toMatchObject({
      code: "ERR_ISO_NAMESPACE_ABSENT",
      hint: "It has: plain.",
    });
    await expect(openIso(withRoot([]), { limits: { depth: 0 } })).rejects.toMatchObject({
      code: "ERR_ISO_INVALID_ARGUMENT",
    });
  });
});

describe("a million entries", () => {
  test("are walked within a few MiB", async () => {
    // Each block of the directory is the same 2048 bytes: the image needs no memory either.
    const records = Array.from({ length: 56 }, (_, index) =>
      record({ name: `X${String(index).padStart(2, "0")}` }),
    );
    const sector = Buffer.concat(records, SECTOR);
    const sectors = Math.ceil(1_000_000 / records.length);
    const head = craft({ blocks: { 20: directory(20, 20, []) }, rootSize: sectors * SECTOR });
    const source: ByteSource = {
      sizeBytes: (20 + sectors) * SECTOR,
      read: (target, position) => {
        const length = Math.min(target.length, SECTOR - (position % SECTOR));
        const from =
          position < 20 * SECTOR ? head.subarray(position) : sector.subarray(position % SECTOR);
        target.set(from.subarray(0, length));
        return length;
      },
    };
    await using iso = await openIso(source, { limits: { listEntries: 1000 } });
    const before = process.memoryUsage();
    let count = 0;
    let files = 0;
    let peak = 0;
    for await (const entry of iso.walk()) {
      count += 1;
      files += entry.type === "file" ? 1 : 0;
      if (count % 100_000 === 0) {
        const now = process.memoryUsage();
        peak = Math.max(
          peak,
          now.heapUsed - before.heapUsed,
          now.arrayBuffers - before.arrayBuffers,
        );
      }
    }
    expect(count).toBeGreaterThanOrEqual(1_000_000);
    expect(files).toBe(count);
    expect(peak).toBeLessThan(64 * 2 ** 20);
    await expect(iso.list("/")).rejects.toMatchObject({ code: "ERR_ISO_LIMIT" });
  }, 60_000);
});
