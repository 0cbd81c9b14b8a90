import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  closeNames,
  decodeJolietName,
  decodeName,
  foldName,
  isUnsafeName,
  splitPath,
  withoutVersion,
} from "../src/names.js";

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

describe("decodeName", () => {
  test("gives UTF-8 back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        // Half a surrogate pair has no UTF-8.
        fc.pre(!/\p{Surrogate}/u.test(name));
        expect(decodeName(latin1(Buffer.from(name, "utf8")))).toBe(name);
      }),
    );
  });

  test("loses no byte of what is no UTF-8", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const name = decodeName(latin1(bytes));
        const back = [Buffer.from(name, "utf8"), Buffer.from(name, "latin1")];
        expect(back.some((one) => one.equals(bytes))).toBe(true);
      }),
    );
  });
});

test("Joliet names are UTF-16 with the high byte first", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      expect(decodeJolietName(latin1(Buffer.from(name, "utf16le").swap16()))).toBe(name);
    }),
  );
  expect(decodeJolietName("\0A\0B\0")).toBe("AB");
});

test.each([
  ["BZIMAGE.;1", "BZIMAGE"],
  ["A.TXT;1", "A.TXT"],
  ["A.TXT;2", "A.TXT;2"],
  ["A.TXT;11", "A.TXT;11"],
  ["README.", "README"],
  ["README", "README"],
  ["...", "..."],
  [".;1", ".;1"],
  [";1", ";1"],
])("%s is shown as %s", (recorded, shown) => {
  expect(withoutVersion(recorded)).toBe(shown);
});

describe("foldName", () => {
  test.each([
    ["bzimage", "BZIMAGE.;1"],
    ["bzimage", "bzImage;27"],
    ["Straße", "STRASSE".replace("SS", "ß")],
    ["é", "e\u0301"],
  ])("matches %s and %s", (a, b) => {
    expect(foldName(a)).toBe(foldName(b));
  });

  test("tells apart what differs in more than case, version and trailing dots", () => {
    expect(foldName("a.txt")).not.toBe(foldName("atxt"));
    expect(foldName(".a")).not.toBe(foldName("a"));
    expect(foldName("...")).not.toBe(foldName(".."));
  });

  test("is settled after one time", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z.]{1,12}(;[0-9]{1,3})?$/), (name) => {
        const folded = foldName(name);
        expect(foldName(folded.toUpperCase())).toBe(foldName(folded));
      }),
    );
  });
});

test("names that lead elsewhere are told", () => {
  for (const name of ["", ".", "..", "a/b", "/", "a\0b"])
    expect(isUnsafeName(name), name).toBe(true);
  for (const name of ["...", ".a", "a\\b", "日本", " "])
    expect(isUnsafeName(name), name).toBe(false);
});

test("paths are split without empty parts", () => {
  expect(splitPath("//a/./b//../c/")).toEqual(["a", "b", "..", "c"]);
  expect(splitPath("/")).toEqual([]);
});

test("close names come best first", () => {
  expect(closeNames("bzimg", ["BZIMAGE", "bzimg2", "initrd", "grub"])).toEqual([
    "bzimg2",
    "BZIMAGE",
  ]);
  expect(closeNames("x", ["abc", "xyz"])).toEqual([]);
});
