import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPsPrints, namesWords } from "./process-words.js";

describe("asPsPrints", () => {
  // By the rules of Apple's vis.c (Libc) for a locale in which no byte beyond ASCII is a letter.
  it.each([
    ["/Users/me/a b/vfkit.sock", "/Users/me/a b/vfkit.sock"],
    ["/Volumes/Données", "/Volumes/DonnM-CM-)es"],
    // Finder and NFD: the accent is a character of its own.
    ["e\u0301", "eM-LM^A"],
    ["日本", "M-fM^WM-%M-fM^\\M-,"],
    ["a\tb\nc", "a\\011b\\012c"],
    ["\u00e0", "M-C\\240"],
    ["\u001b[0m", "^[[0m"],
    ["\u007f", "^?"],
    ["back\\slash", "back\\slash"],
  ])("%j: %j", (text, expected) => {
    expect(asPsPrints(text)).toBe(expected);
  });

  it("is printable ASCII whatever the text, and changes none that is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const printed = asPsPrints(text);
        expect(printed).toMatch(/^[ -~]*$/);
        expect(asPsPrints(printed)).toBe(printed);
      }),
    );
  });
});

describe("namesWords", () => {
  const words = "--socket /Volumes/Données/h.sock";

  it.each([
    [`/opt/vmnet-helper ${words}`, true],
    [`/opt/vmnet-helper ${words} --interface-id X`, true],
    ["/opt/vmnet-helper --socket /Volumes/DonnM-CM-)es/h.sock --interface-id X", true],
    [words, true],
    [`/opt/vmnet-helper ${words}2`, false],
    [`/opt/vmnet-helper x${words}`, false],
    ["/opt/vmnet-helper --socket /Volumes/Donnees/h.sock", false],
    ["", false],
  ])("%s: %s", (command, expected) => {
    expect(namesWords(command, words)).toBe(expected);
  });
});
