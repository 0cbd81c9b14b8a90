import { execFileSync } from "node:child_process";
import { mkdir, open, readdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Section } from "../src/record.js";
import { slicedRuns } from "../src/runs.js";
import { openIso, type ByteSource } from "../src/index.js";
import {
  SECTOR,
  DIRECTORY,
  FILE,
  SYMLINK,
  ce,
  craft,
  directory,
  inMemory,
  nm,
  px,
  sl,
  type CraftedRecord,
} from "./support/craft.js";
import { scratch } from "./support/tools.js";

const root = scratch();
afterAll(() => root[Symbol.dispose]());
let place: string;
let count = 0;
const at = (name: string): string => join(place, name);
beforeEach(async () => {
  count += 1;
  place = join(root.path, `test-${count}`);
  await mkdir(place);
});

const rr = { rockRidge: true };
const ignore = (): void => {};
const link = (name: string, target: readonly string[]): CraftedRecord => ({
  name: name.toUpperCase(),
  systemUse: [
    px(SYMLINK),
    nm(name),
    sl(target.map((part) => (part === ".." ? [4, ""] : [0, part]))),
  ],
});

/** Where a byte of a section lies, by ECMA-119 6.4.3, byte by byte. */
const placeOf = ({ block, unitBlocks, gapBlocks }: Section, byte: number): number => {
  if (gapBlocks === 0) return block * 512 + byte;
  const unit = Math.floor(byte / (unitBlocks * 512));
  return (block + unit * gapBlocks) * 512 + byte;
};

/** The place of every byte from `start` to `end`. */
const bytesOf = (sections: readonly Section[], start: number, end: number): number[] =>
  [...slicedRuns({ sections }, 512, start, end)].flatMap(({ offsetBytes, lengthBytes }) =>
    Array.from({ length: lengthBytes }, (_, index) => offsetBytes + index),
  );

/** Asynchronous, so that two can wait for one page; each read waits for `gate`. */
function gated(bytes: Buffer, gate: (position: number) => Promise<void>): ByteSource {
  return {
    name: "gated.iso",
    sizeBytes: bytes.length,
    read: async (target, position) => {
      await gate(position);
      return bytes.copy(target, 0, position, position + target.length);
    },
  };
}

/** `/far` lies beyond what opening reads. */
const FAR = 200;
const twoPages = craft({
  blocks: {
    20: directory(20, 20, [{ name: "FAR", block: FAR, size: SECTOR, flags: 2 }]),
    [FAR]: directory(FAR, 20, [{ name: "F.;1", block: 20, size: 5 }]),
  },
});

describe("operations that meet at one page", () => {
  test("an abort of one does not end the other", async () => {
    let isOpen = true;
    let waiting = 0;
    const iso = await openIso(
      gated(twoPages, async () => {
        if (isOpen) return;
        waiting += 1;
        // The first to come waits for ever; what is read again goes through.
        if (waiting === 1) await new Promise(() => {});
      }),
    );
    isOpen = false;
    const controller = new AbortController();
    const first = iso.list("/far", { signal: controller.signal });
    const second = iso.list("/far");
    const settled = Promise.allSettled([first, second]);
    await expect.poll(() => waiting).toBe(1);
    controller.abort();
    const [aborted, listed] = await settled;
    expect(aborted).toMatchObject({ status: "rejected", reason: { code: "ERR_ABORTED" } });
    expect(listed).toMatchObject({ status: "fulfilled", value: [{ name: "F" }] });
  });

  test("each ends by its own signal, whoever reads", async () => {
    let hangs = false;
    let waiting = 0;
    const iso = await openIso(
      gated(twoPages, async () => {
        if (!hangs) return;
        waiting += 1;
        await new Promise(() => {});
      }),
    );
    hangs = true;
    const controller = new AbortController();
    void iso.list("/far");
    const second = iso.list("/far", { signal: controller.signal });
    await expect.poll(() => waiting).toBe(1);
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  test("a fault of what is read ahead is not theirs", async () => {
    // Five pages of one directory; the one behind the last cannot be read.
    const sectors = 5 * 64;
    const bytes = craft({
      blocks: { 64: directory(64, 64, [{ name: "F.;1" }], { sectors }) },
      rootBlock: 64,
      length: 64 * 12,
    });
    const bad = 6 * 128 * 1024;
    await using iso = await openIso({
      sizeBytes: bytes.length,
      read: async (target: Uint8Array, position: number) => {
        if (position + target.length > bad) {
          // By then the page before the bad one is waited for.
          await setImmediate();
          throw new Error("a bad sector");
        }
        return bytes.copy(target, 0, position, position + target.length);
      },
    });
    expect((await iso.list()).map(({ name }) => name)).toEqual(["F"]);
  });

  test("what reads after close says so", async () => {
    const iso = await openIso(inMemory(twoPages));
    const walk = iso.walk("/");
    expect((await walk.next()).value).toMatchObject({ name: "FAR" });
    await iso.close();
    await expect(walk.next()).rejects.toMatchObject({ code: "ERR_ISO_CLOSED" });
  });
});

describe("time", () => {
  test("a maze of symbolic links, all in memory, still hears the timer that ends it", async () => {
    const up = Array.from({ length: 100 }, () => ["d", ".."]).flat();
    const records: CraftedRecord[] = Array.from({ length: 39 }, (_, index) => ({
      name: `L${index}`,
      systemUse: [px(SYMLINK), nm(`l${index}`), ce(300 + index, 0, 0)],
    }));
    const blocks: Record<number, Buffer> = {};
    for (const [index, one] of records.entries()) {
      const parts = [...up, `l${index + 1}`].map((part) =>
        sl([part === ".." ? [4, ""] : [0, part]]),
      );
      const area = Buffer.concat(parts);
      blocks[300 + index * 4] = area;
      (one.systemUse as Buffer[])[2] = ce(300 + index * 4, 0, area.length);
    }
    const padding = Array.from({ length: 8000 }, (_, index) => ({
      name: `P${index}`,
      systemUse: [px(FILE), nm(`padding-${index}`)],
    }));
    const image = craft({
      blocks: {
        1000: directory(
          1000,
          1000,
          [
            ...padding,
            { name: "D", block: 20, size: SECTOR, flags: 2, systemUse: [px(DIRECTORY), nm("d")] },
            ...records,
          ],
          { rockRidge: true, sectors: 450 },
        ),
        20: directory(20, 1000, []),
        ...blocks,
      },
      rootBlock: 1000,
    });
    await using iso = await openIso(inMemory(image));
    // Left alone it would take minutes.
    await expect(iso.stat("/l0", { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  }, 60_000);

  test("the end of a file in sections of millions of pieces is found at once", () => {
    const section: Section = { block: 0, lengthBytes: 2 ** 32 - 1, unitBlocks: 1, gapBlocks: 1 };
    const sections = Array.from({ length: 16 }, () => section);
    const end = sections.length * section.lengthBytes;
    const begin = performance.now();
    expect([...slicedRuns({ sections }, 512, end - 1, end)]).toEqual([
      { offsetBytes: (2 ** 23 - 1) * 1024 + 510, lengthBytes: 1 },
    ]);
    // Step by step these are 134 million: tens of seconds.
    expect(performance.now() - begin).toBeLessThan(1000);
  }, 120_000);

  test("any part of any sections is the same as that part of the whole", () => {
    const section = fc.record({
      block: fc.nat(50),
      lengthBytes: fc.nat(5000),
      unitBlocks: fc.integer({ min: 1, max: 3 }),
      gapBlocks: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 4 }), fc.nat(), fc.nat(), (sections, a, b) => {
        const whole = sections.flatMap((one) =>
          Array.from({ length: one.lengthBytes }, (_, byte) => placeOf(one, byte)),
        );
        const start = a % (whole.length + 1);
        const end = start + (b % (whole.length - start + 1));
        expect(bytesOf(sections, start, end)).toEqual(whole.slice(start, end));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("an abort ends the making of links", async () => {
    const controller = new AbortController();
    const told: unknown[] = [];
    const logger = {
      debug: () => {},
      warn: () => {},
      error: () => {},
      info: (message: string) => {
        told.push(message);
        controller.abort();
      },
    };
    const image = craft({
      blocks: {
        20: directory(
          20,
          20,
          Array.from({ length: 20 }, (_, index) => link(`l${index}`, ["..", "x"])),
          rr,
        ),
      },
    });
    await using iso = await openIso(inMemory(image), { logger });
    const options = { signal: controller.signal, outsideSymlinks: "skip" } as const;
    await expect(iso.extractTree(at("out"), options)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(told).toHaveLength(1);
    expect(await readdir(place)).toEqual([]);
  });
});

describe("memory", () => {
  test("names have an end", async () => {
    const part = nm("x".repeat(200), 1);
    const named = (parts: number): ByteSource =>
      inMemory(
        craft({
          blocks: {
            20: directory(
              20,
              20,
              [{ name: "F", systemUse: [px(FILE), ce(21, 0, parts * part.length)] }],
              rr,
            ),
            21: Buffer.concat(Array.from({ length: parts }, () => part)),
          },
        }),
      );
    await using long = await openIso(named(5));
    expect((await long.list()).map(({ name }) => name.length)).toEqual([1000]);
    await using longer = await openIso(named(6));
    await expect(longer.list()).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/a name is longer than 1024 bytes/),
    });
  });

  test("records that all continue in one large area are no larger than the image", async () => {
    const areas = Array.from({ length: 15 }, () => sl([[1, "x".repeat(240)]], 1));
    const area = Buffer.concat([...areas, sl([[0, "end"]])], 20_000);
    const image = (links: number): ByteSource =>
      inMemory(
        craft({
          blocks: {
            20: directory(
              20,
              20,
              Array.from({ length: links }, (_, index) => ({
                name: `L${index}`,
                systemUse: [px(SYMLINK), ce(100, 0, area.length)],
              })),
              { rockRidge: true, sectors: 20 },
            ),
            100: area,
          },
        }),
      );
    await using honest = await openIso(image(5));
    expect((await honest.list()).map(({ linkTarget }) => linkTarget?.length)).toEqual(
      Array(5).fill(15 * 240 + 3),
    );
    await using hostile = await openIso(image(300));
    await expect(hostile.list()).rejects.toMatchObject({
      code: "ERR_ISO_MALFORMED",
      message: expect.stringMatching(/directories up to "\/" have \d+ bytes, the image \d+/),
    });
  });

  test("extractTree holds none of many directories", async () => {
    // Each has 16 sectors, and in them one directory more.
    const COUNT = 1500;
    const SECTORS = 16;
    const blocks: Record<number, Buffer> = {};
    const records: CraftedRecord[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      const block = 200 + index * (SECTORS + 1);
      const inner = block + SECTORS;
      const one = { name: `D${index}`, block, size: SECTORS * SECTOR, flags: 2 };
      const sub = { name: "S", block: inner, size: SECTOR, flags: 2 };
      records.push(one);
      blocks[block] = directory(block, 20, [sub], { sectors: SECTORS });
      blocks[inner] = directory(inner, block, []);
    }
    records.push({ name: "Z.;1", block: 20, size: 1 });
    blocks[20] = directory(20, 20, records, { sectors: 60 });
    const image = inMemory(craft({ blocks }));
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await using iso = await openIso(image);
    const before = held();
    let peak = 0;
    const onProgress = (): void => void (peak = held() - before);
    const made = await iso.extractTree(at("out"), { onProgress });
    expect(made).toMatchObject({ directories: 2 * COUNT, files: 1 });
    // 48 MiB of directories went through.
    expect(peak).toBeLessThan(16 * 2 ** 20);
  }, 60_000);
});

describe("what is opened", () => {
  test("a named pipe is refused, not waited for", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await expect(openIso(at("pipe"))).rejects.toMatchObject({
      code: "ERR_ISO_READ_FAILED",
      message: expect.stringMatching(/neither a file nor a block device/),
    });
  });

  test("a FileHandle that was closed is an error of ours", async () => {
    await writeFile(at("image"), twoPages);
    const handle = await open(at("image"));
    await handle.close();
    await expect(openIso(handle)).rejects.toMatchObject({ code: "ERR_ISO_READ_FAILED" });
  });

  test("a drive that tells no length is read up to its very end", async () => {
    const bytes = craft({
      blocks: {
        20: directory(20, 20, [
          { name: "D", block: 70, size: SECTOR, flags: 2 },
          { name: "F.;1", block: 71, size: 5 },
          { name: "GONE", block: 90, size: SECTOR, flags: 2 },
        ]),
        70: directory(70, 20, [{ name: "IN.;1", block: 71, size: 5 }]),
        71: Buffer.from("hello"),
      },
    });
    await using iso = await openIso({
      sizeBytes: Number.MAX_SAFE_INTEGER,
      read: (target: Uint8Array, position: number) =>
        bytes.copy(target, 0, position, position + target.length),
    });
    expect((await iso.list("/d")).map(({ name }) => name)).toEqual(["IN"]);
    expect(String(await iso.readStream("/d/in").toArray())).toBe("hello");
    await expect(iso.list("/gone")).rejects.toMatchObject({ code: "ERR_ISO_TRUNCATED" });
  });
});

describe("an extraction that fails", () => {
  test.each(["file", "tree"])(
    "says why, also when what is unfinished cannot be removed: %s",
    async (kind) => {
      const told: string[] = [];
      const logger = {
        debug: ignore,
        info: ignore,
        error: ignore,
        warn: (message: string) => told.push(message),
      };
      const bytes = craft({
        blocks: {
          20: directory(20, 20, [{ name: "F.;1", block: 22, size: 5 }]),
          22: Buffer.alloc(5),
        },
      });
      await mkdir(at("parent"));
      const moving: Promise<void>[] = [];
      const source = gated(bytes, async (position) => {
        if (position < 22 * SECTOR) return;
        // While the content is read, the directory of the destination goes.
        moving.push(rename(at("parent"), at("moved")).then(() => writeFile(at("parent"), "")));
        await Promise.all(moving);
        throw new Error("mine");
      });
      await using slow = await openIso(source, { logger });
      const extraction =
        kind === "file"
          ? slow.extractFile("/f", at("parent/out"))
          : slow.extractTree(at("parent/out"));
      await expect(extraction).rejects.toMatchObject({
        code: "ERR_ISO_READ_FAILED",
        message: expect.stringMatching(/mine/),
      });
      expect(told).toEqual(["an unfinished extraction could not be removed"]);
      expect((await stat(at("parent"))).isFile()).toBe(true);
    },
  );
});
