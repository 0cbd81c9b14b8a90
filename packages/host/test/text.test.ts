import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastLines, quoteArgv, stripControlCharacters } from "../src/index.js";

const ESC = "\u001b";

describe("stripControlCharacters", () => {
  it.each([
    ["colours", `${ESC}[1;31mred${ESC}[0m`, "red"],
    ["what tput sgr0 prints", `bold${ESC}(B${ESC}[m off`, "bold off"],
    ["a private mode", `${ESC}[?25lhidden${ESC}[?25h`, "hidden"],
    ["a window title ended by BEL", `${ESC}]0;title\u0007text`, "text"],
    ["a hyperlink ended by ST", `${ESC}]8;;http://x/${ESC}\\link${ESC}]8;;${ESC}\\`, "link"],
    ["a device control string", `${ESC}P1$r0m${ESC}\\text`, "text"],
    ["save and restore, reset", `a${ESC}7b${ESC}8c${ESC}cd`, "abcd"],
    ["8-bit forms", "a\u009b31mb\u009d0;t\u009cc", "abc"],
    ["a lone escape", `a${ESC}`, "a"],
    ["backspaces and bells", "a\u0008\u0007b\u007f", "ab"],
    ["direction overrides and marks", "a\u202eb\u2066c\u2069\u200fd\u061ce", "abcde"],
  ])("removes %s", (_, text, plain) => {
    expect(stripControlCharacters(text)).toBe(plain);
  });

  it("keeps tabs, newlines and all other text", () => {
    expect(stripControlCharacters("a\tb\r\nc\n\u00e9\u4e2d\u{1f600}")).toBe(
      "a\tb\nc\n\u00e9\u4e2d\u{1f600}",
    );
  });

  it("does not let an unterminated string hide the lines after it", () => {
    expect(stripControlCharacters(`${ESC}]0;no end\nerror: disk full`)).toBe("\nerror: disk full");
  });

  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom(ESC, "[", "]", "P", "\\", "0", ";", "m", "\u0007", "\u009b", "\u202e", "\n"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 60,
  });

  it("leaves no control character whatever comes in, and nothing to remove a second time", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const plain = stripControlCharacters(text);
        expect(plain).not.toMatch(/[^\P{Cc}\n\t]/u);
        expect(plain).not.toMatch(/\p{Bidi_Control}/u);
        expect(stripControlCharacters(plain)).toBe(plain);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the text", () => {
    for (const unit of [`${ESC}]`, `${ESC}[`, `${ESC}P`, `${ESC}[0`, "\u009d", ESC]) {
      expect(stripControlCharacters(unit.repeat(200_000)).length).toBeLessThan(1_000_000);
    }
  });
});

describe("lastLines", () => {
  it("takes the last lines that are not blank, trimmed at the end", () => {
    expect(lastLines("a\n\n b  \n\t\nc\n\n", 2)).toEqual([" b", "c"]);
    expect(lastLines("\n \n")).toEqual([]);
  });

  it("takes ten lines of at most 500 characters by default", () => {
    const lines = lastLines(
      Array.from({ length: 20 }, (_, i) => `${i}${"x".repeat(600)}`).join("\n"),
    );
    expect(lines).toHaveLength(10);
    expect(lines.every((line) => line.length === 503 && line.endsWith("..."))).toBe(true);
  });
});

describe("quoteArgv", () => {
  it("quotes what a shell would split or expand", () => {
    expect(quoteArgv(["a", "b c", "", "it's", "$HOME", "*", "x=1"])).toBe(
      `a 'b c' '' 'it'\\''s' '$HOME' '*' x=1`,
    );
  });
});
