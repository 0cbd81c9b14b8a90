import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEEDS_FULL_READING, scanForName } from "../src/name-scan.js";
import { SystemUse } from "../src/system-use.js";
import { createPage, Window } from "../src/window.js";
import { FILE, ce, nm, px, sl, use } from "./support/craft.js";

const windowOf = (bytes: Uint8Array): Window =>
  new Window(createPage(0, Buffer.from(bytes)), 0, bytes.length);

function parse(bytes: Uint8Array): SystemUse {
  const found = new SystemUse();
  found.parse(windowOf(bytes), 0, bytes.length);
  return found;
}

const stamp = (day: number): number[] => [126, 1, day, 0, 0, 0, 0];
const er = (id: string): Buffer =>
  use("ER", Buffer.concat([Buffer.from([id.length, 0, 0, 1]), Buffer.from(id)]));

describe("System Use areas", () => {
  test("of any bytes whatever are read without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const found = parse(bytes);
        expect(found.name === undefined || found.name.length <= 300).toBe(true);
        scanForName(bytes, 0, bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("of entries in form, with any content, too", () => {
    const signatures = [
      "NM",
      "PX",
      "TF",
      "SL",
      "CE",
      "CL",
      "RE",
      "ZF",
      "ER",
      "RR",
      "ST",
      "SP",
      "XX",
    ];
    const entry = fc
      .tuple(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 60 }))
      .map(([name, body]) => use(name, Buffer.from(body)));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const bytes = Buffer.concat(entries);
        const found = parse(bytes);
        const scanned = scanForName(bytes, 0, bytes.length);
        // What the quick look finds is what the full reading finds.
        if (scanned === NEEDS_FULL_READING) return;
        const start = Math.floor(scanned / 256);
        const name =
          scanned === 0 ? undefined : bytes.toString("latin1", start, start + (scanned & 255));
        const full =
          found.name === undefined ? undefined : Buffer.from(found.name).toString("latin1");
        if (name !== undefined && /^[ -~]*$/.test(name)) expect(full).toBe(name);
        if (name === undefined) expect(full).toBeUndefined();
        expect([found.ceSize, found.childBlock, found.relocated, found.linkTarget]).toEqual([
          0,
          -1,
          false,
          undefined,
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  test("with a name and attributes give these", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (name) => {
        const found = parse(Buffer.concat([px(FILE), nm(name)]));
        expect(found).toMatchObject({
          name,
          mode: FILE,
          links: 1,
          uid: 0,
          gid: 0,
          halvesDiffer: false,
        });
      }),
    );
  });

  test("tell of a continuation, and when both halves of a number differ", () => {
    const area = ce(5, 6, 7);
    expect(parse(area)).toMatchObject({ ceBlock: 5, ceOffset: 6, ceSize: 7, halvesDiffer: false });
    area[4] = 9;
    expect(parse(area)).toMatchObject({ ceBlock: 9, halvesDiffer: true });
  });

  test("read the four times of TF in either form, and those there are", () => {
    const all = parse(use("TF", [0x0f, ...stamp(1), ...stamp(2), ...stamp(3), ...stamp(4)]));
    expect(
      [all.createdAt, all.modifiedAt, all.accessedAt, all.changedAt].map((date) =>
        date?.getUTCDate(),
      ),
    ).toEqual([1, 2, 3, 4]);
    const some = parse(use("TF", [0x0a, ...stamp(5), ...stamp(6)]));
    expect([
      some.createdAt,
      some.modifiedAt?.getUTCDate(),
      some.accessedAt,
      some.changedAt?.getUTCDate(),
    ]).toEqual([undefined, 5, undefined, 6]);
    const long = parse(use("TF", [0x82, ...Buffer.from("2031050607080900\0")]));
    expect(long.modifiedAt?.toISOString()).toBe("2031-05-06T07:08:09.000Z");
    expect(parse(use("TF", [0x0f, ...stamp(1)])).modifiedAt).toBeUndefined();
  });

  test("know Rock Ridge by each of its names", () => {
    for (const id of ["RRIP_1991A", "IEEE_P1282", "IEEE_1282"])
      expect(parse(er(id)).rockRidge).toBe(true);
    expect(parse(er("AAIP_0200")).rockRidge).toBe(false);
    const overrun = er("IEEE_1282");
    overrun[4] = 200;
    expect(parse(overrun).rockRidge).toBe(false);
  });

  test("make absolute links, and links of one component", () => {
    expect(parse(sl([[8, ""]])).linkTarget).toBe("/");
    expect(parse(sl([[0, "a"]])).linkTarget).toBe("a");
    expect(parse(sl([])).linkTarget).toBe("");
  });
});
