import { getEventListeners } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  openIso,
  type ExtractTreeOptions,
  type IsoEntry,
  type IsoImage,
  type IsoOptions,
  type IsoProgress,
} from "../src/index.js";
import {
  SECTOR,
  DIRECTORY,
  FILE,
  SYMLINK,
  TERMINATOR,
  craft,
  descriptor,
  directory,
  inMemory,
  nm,
  px,
  sl,
  use,
} from "./support/craft.js";
import { scratch } from "./support/tools.js";

const many = Array.from({ length: 1200 }, (_, index) => ({
  name: `FILE${index}.;1`,
  systemUse: [px(FILE), nm(`file-number-${index}`)],
}));
many.push({
  name: "ABSOLUTE",
  systemUse: [
    px(SYMLINK),
    nm("absolute"),
    sl([
      [8, ""],
      [0, "readme"],
    ]),
  ],
});
const MANY_SECTORS = 80;

/** Two names that differ in case only, a directory of 80 sectors, links. */
const image = (): Buffer =>
  craft({
    blocks: {
      20: directory(
        20,
        20,
        [
          { name: "README.;1", block: 22, size: 1, systemUse: [px(FILE), nm("README")] },
          { name: "README2.;1", block: 22, size: 2, systemUse: [px(FILE), nm("readme")] },
          { name: "VERSION.;1", block: 22, size: 3, systemUse: [px(FILE), nm("version.TXT;7")] },
          { name: "E.;1", block: 22, size: 4, systemUse: [px(FILE), nm("e\u0301te\u0301")] },
          {
            name: "LINK",
            systemUse: [
              px(SYMLINK),
              nm("link"),
              sl([
                [0, "many"],
                [4, ""],
                [0, "README"],
              ]),
            ],
          },
          {
            name: "TO",
            systemUse: [
              px(SYMLINK),
              nm("to-many"),
              sl([
                [8, ""],
                [0, "many"],
              ]),
            ],
          },
          {
            name: "MANY",
            block: 30,
            size: MANY_SECTORS * SECTOR,
            flags: 2,
            systemUse: [px(DIRECTORY), nm("many")],
          },
        ],
        { rockRidge: true, sectors: 2 },
      ),
      22: Buffer.from("abcd"),
      30: directory(30, 20, many, { sectors: MANY_SECTORS }),
    },
  });

describe("looking up", () => {
  test.each([
    ["/README", 1],
    ["/readme", 2],
    ["/ReadMe", 1],
    ["readme.;1", 1],
    ["/VERSION.txt", 3],
    ["/version.TXT;7", 3],
    ["/\u00e9t\u00e9", 4],
    ["//./many/../README", 1],
    ["/../../readme", 2],
    ["/link", 1],
    ["/many/../link/", 1],
    ["/many/absolute", 2],
  ])("%s finds the one that fits best", async (path, size) => {
    await using iso = await openIso(inMemory(image()));
    expect((await iso.stat(path)).sizeBytes).toBe(size);
  });

  test("goes through directories that links lead to", async () => {
    await using iso = await openIso(inMemory(image()));
    expect((await iso.stat("/to-many/file-number-7")).path).toBe("/many/file-number-7");
    expect(await iso.list("/to-many")).toHaveLength(1201);
    expect((await iso.stat("/to-many", { followSymlink: false })).type).toBe("symlink");
    await expect(iso.list("/to-many", { followSymlink: false })).rejects.toMatchObject({
      code: "ERR_ISO_WRONG_TYPE",
    });
    const [, , , , link] = await iso.list();
    expect(link?.name).toBe("link");
    if (link !== undefined) expect((await iso.readStream(link).toArray()).join("")).toBe("a");
  });

  test("refuses what is no path", async () => {
    await using iso = await openIso(inMemory(image()));
    for (const path of ["", "a\0b"]) {
      await expect(iso.stat(path)).rejects.toMatchObject({ code: "ERR_ISO_INVALID_ARGUMENT" });
    }
    expect((await iso.stat("/")).type).toBe("directory");
  });

  test("says what is there when there is no such name, and not all of it", async () => {
    await using iso = await openIso(inMemory(image()));
    const error = await iso.stat("/many/file-number-1x\u001b[2J").catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "ERR_ISO_ENTRY_NOT_FOUND",
      hint: expect.stringMatching(/Did you mean "file-number-1/),
    });
    const { message, hint } = error as { message: string; hint: string };
    expect(message).not.toContain("\u001b");
    expect(hint.length).toBeLessThan(600);
  });
});

describe("entries", () => {
  test("tell all they know, as JSON too", async () => {
    const time = use("TF", [0x0f, ...[1, 2, 3, 4].flatMap((day) => [126, 1, day, 12, 0, 0, 0])]);
    const blocks = {
      20: directory(
        20,
        20,
        [{ name: "A.;1", block: 21, size: 3, systemUse: [px(0o104755), nm("a"), time] }],
        { rockRidge: true },
      ),
      21: Buffer.from("abc"),
    };
    await using iso = await openIso(inMemory(craft({ blocks })));
    expect(JSON.parse(JSON.stringify(await iso.stat("a")))).toEqual({
      name: "a",
      path: "/a",
      type: "file",
      sizeBytes: 3,
      storedBytes: 3,
      compression: "none",
      mode: 0o4755,
      uid: 0,
      gid: 0,
      linkCount: 1,
      createdAt: "2026-01-01T12:00:00.000Z",
      modifiedAt: "2026-01-02T12:00:00.000Z",
      accessedAt: "2026-01-03T12:00:00.000Z",
      changedAt: "2026-01-04T12:00:00.000Z",
      hidden: false,
    });
  });

  test("of plain trees know no modes", async () => {
    await using iso = await openIso(inMemory(image()), { namespace: "plain" });
    expect(await iso.stat("/readme")).toMatchObject({
      name: "README",
      mode: undefined,
      uid: undefined,
      linkCount: undefined,
    });
  });

  test.each([
    ["%/@", 1],
    ["%/C", 2],
    ["%/E", 3],
  ] as const)("of Joliet marked by %s are level %d", async (escape, level) => {
    const name = Buffer.from("Größe 日本.txt;1", "utf16le").swap16();
    const bytes = craft({
      blocks: {
        20: directory(20, 20, []),
        21: directory(21, 21, [{ name, block: 22, size: 2 }]),
        22: Buffer.from("ok"),
      },
      descriptors: [
        descriptor({ rootBlock: 20, rootSize: SECTOR }),
        descriptor({ type: 2, escape, rootBlock: 21, rootSize: SECTOR }),
        TERMINATOR,
      ],
    });
    await using iso = await openIso(inMemory(bytes));
    expect(iso.volume).toMatchObject({ namespace: "joliet", jolietLevel: level });
    expect((await iso.list()).map((entry) => entry.name)).toEqual(["Größe 日本.txt"]);
  });
});

const fail = (): void => {
  throw new Error("mine");
};

describe("progress and signals", () => {
  test("of opening, listing, walking and looking up", async () => {
    const steps: IsoProgress[] = [];
    const onProgress = (step: IsoProgress): void => void steps.push(step);
    await using iso = await openIso(inMemory(image()), { onProgress });
    expect(steps.splice(0)).toEqual([
      { path: "crafted.iso", doneBytes: 65_536, totalBytes: undefined, entries: 0 },
    ]);
    await iso.list("/many", { onProgress });
    expect(steps.at(-1)).toEqual({
      path: "/many",
      doneBytes: MANY_SECTORS * SECTOR,
      totalBytes: undefined,
      entries: 1201,
    });
    steps.length = 0;
    for await (const entry of iso.walk("/", { onProgress })) expect(entry.path).toMatch(/^\//);
    expect(steps.at(-1)).toMatchObject({ doneBytes: (MANY_SECTORS + 2) * SECTOR, entries: 1208 });
    steps.length = 0;
    await iso.stat("/many/file-number-0", { onProgress });
    expect(steps.map(({ path }) => path)).toEqual(["/", "/many"]);
  });

  test("an aborted signal ends each of them, at once or between entries", async () => {
    const signal = AbortSignal.abort(new Error("no"));
    const aborted = { code: "ERR_ABORTED", cause: new Error("no") };
    await expect(openIso(inMemory(image()), { signal })).rejects.toMatchObject(aborted);
    await using iso = await openIso(inMemory(image()));
    await expect(iso.stat("/readme", { signal })).rejects.toMatchObject(aborted);
    await expect(iso.list("/", { signal })).rejects.toMatchObject(aborted);
    await expect(iso.walk("/", { signal }).next()).rejects.toMatchObject(aborted);
    await expect(iso.extractTree("/nowhere/at/all", { signal })).rejects.toMatchObject(aborted);
    const controller = new AbortController();
    let seen = 0;
    const walk = async (): Promise<void> => {
      for await (const _ of iso.walk("/many", { signal: controller.signal })) {
        seen += 1;
        if (seen === 10) controller.abort();
      }
    };
    await expect(walk()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(seen).toBe(10);
  });

  test("what onProgress throws ends the operation", async () => {
    await using iso = await openIso(inMemory(image()));
    await expect(iso.list("/", { onProgress: fail })).rejects.toThrow("mine");
  });

  test("a signal that outlives the work keeps no listener", async () => {
    const controller = new AbortController();
    const bytes = image();
    const { signal } = controller;
    const source = {
      sizeBytes: bytes.length,
      read: async (target: Uint8Array, position: number) =>
        bytes.copy(target, 0, position, position + target.length),
    };
    await using iso = await openIso(source, { signal });
    await iso.list("/many", { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("walking", () => {
  test("answers calls of next in order, also when they do not wait for each other", async () => {
    await using iso = await openIso(inMemory(image()));
    const walk = iso.walk("/many");
    const results = await Promise.all(Array.from({ length: 1203 }, () => walk.next()));
    expect(results.map(({ value }) => (value as { name: string } | undefined)?.name)).toEqual([
      ...Array.from({ length: 1200 }, (_, index) => `file-number-${index}`),
      "absolute",
      undefined,
      undefined,
    ]);
    expect(results.at(-1)?.done).toBe(true);
  });

  test("ends when it is left", async () => {
    await using iso = await openIso(inMemory(image()));
    const walk = iso.walk();
    for await (const entry of walk) {
      expect(entry.name).toBe("README");
      break;
    }
    expect(await walk.next()).toEqual({ done: true, value: undefined });
  });

  test("by batches gives the same entries in the same order, in far fewer steps", async () => {
    await using iso = await openIso(inMemory(image()));
    const batches: (readonly IsoEntry[])[] = [];
    for await (const batch of iso.walkBatches()) batches.push(batch);
    const one: IsoEntry[] = [];
    for await (const entry of iso.walk()) one.push(entry);
    expect(batches.flat().map(({ path }) => path)).toEqual(one.map(({ path }) => path));
    expect(one.length).toBe(1208);
    expect(batches.length).toBeLessThan(20);
  });

  test("by batches ends when it is left, aborted, or closed", async () => {
    await using iso = await openIso(inMemory(image()));
    const left = iso.walkBatches();
    for await (const _ of left) break;
    expect(await left.next()).toEqual({ done: true, value: undefined });
    const signal = AbortSignal.abort(new Error("no"));
    await expect(iso.walkBatches("/", { signal }).next()).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    await iso.close();
    expect(() => iso.walkBatches()).toThrow(expect.objectContaining({ code: "ERR_ISO_CLOSED" }));
  });

  test("several at a time do not disturb each other", async () => {
    await using iso = await openIso(inMemory(image()));
    const counts = await Promise.all(
      Array.from({ length: 8 }, async () => {
        let count = 0;
        for await (const entry of iso.walk()) count += entry.name.length > 0 ? 1 : 0;
        return count;
      }),
    );
    expect(new Set(counts)).toEqual(new Set([1208]));
  });
});

/** Every operation there is, each to its end, on an image that may hang by then. */
const OPERATIONS: readonly (readonly [
  string,
  (iso: IsoImage, options: IsoOptions, place: string) => Promise<unknown>,
])[] = [
  ["stat", (iso, options) => iso.stat("/many/file-number-1199", options)],
  ["list", (iso, options) => iso.list("/many", options)],
  ["walk", (iso, options) => collect(iso.walk("/", options))],
  ["walkBatches", (iso, options) => collect(iso.walkBatches("/", options))],
  ["readStream", (iso, options) => collect(iso.readStream("/README", options))],
  ["extractFile", (iso, options, place) => iso.extractFile("/README", join(place, "f"), options)],
  ["extractTree", (iso, options, place) => iso.extractTree(join(place, "t"), leavingOut(options))],
];
const leavingOut = (options: IsoOptions): ExtractTreeOptions => ({
  ...options,
  outsideSymlinks: "skip",
});

async function collect(iterable: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const one of iterable) all.push(one);
  return all;
}

describe.each(OPERATIONS)("%s", (_, run) => {
  test("tells how far it is", async () => {
    using place = scratch();
    await using iso = await openIso(inMemory(image()));
    const steps: IsoProgress[] = [];
    await run(iso, { onProgress: (step) => steps.push(step) }, place.path);
    expect(steps.at(-1)?.doneBytes).toBeGreaterThan(0);
    expect(steps.at(-1)?.entries).toBeGreaterThan(0);
    const done = steps.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  test("ends with the signal, before it begins and while its source hangs, and leaves nothing", async () => {
    using place = scratch();
    const bytes = image();
    const controller = new AbortController();
    let hangs = false;
    const source = {
      sizeBytes: bytes.length,
      read: (target: Uint8Array, position: number) => {
        if (!hangs) return bytes.copy(target, 0, position, position + target.length);
        queueMicrotask(() => controller.abort(new Error("enough")));
        return new Promise<number>(() => {});
      },
    };
    await using iso = await openIso(source);
    const aborted = { signal: AbortSignal.abort() };
    await expect(run(iso, aborted, place.path)).rejects.toMatchObject({ code: "ERR_ABORTED" });
    hangs = true;
    await expect(run(iso, { signal: controller.signal }, place.path)).rejects.toMatchObject({
      code: "ERR_ABORTED",
      cause: new Error("enough"),
    });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(await readdir(place.path)).toEqual([]);
  });
});
