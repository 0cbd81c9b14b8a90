import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuotedList, quoteItem, trimQuotes } from "./quoted-list.js";

test.each([
  ["", []],
  ['""', []],
  [",", ["", ""]],
  ["a,b", ["a", "b"]],
  ["a,", ["a", ""]],
  ['"a","b"', ["a", "b"]],
  ['"a,b",c', ["a,b", "c"]],
  ['k="a,b"', ['k="a,b"']],
  ['""a""', ["a"]],
  ['a" "b', ['a" "b']],
])("reads %j", (text, items) => {
  expect(parseQuotedList(text)).toEqual(items);
});

test.each(['"', 'a"', '"a,b', 'a"b"c"'])("refuses the quote without partner in %j", (text) => {
  expect(parseQuotedList(text)).toBeUndefined();
});

test.each([
  ["k=/a b", "k=/a b"],
  ["k=/a,b", '"k=/a,b"'],
  ['k="a,b"', 'k="a,b"'],
  ['k=a"b', '""k=a"b"'],
  ['k=a,"b', '"k=a,"b""'],
])("says %j as %j", (item, spelling) => {
  expect(quoteItem(item)).toBe(spelling);
});

test("has no spelling for a comma outside and inside of quotes at once", () => {
  expect(quoteItem('k=a,b"c,d')).toBeUndefined();
  expect(quoteItem('"k"')).toBeUndefined();
});

const text = fc.string({ unit: fc.constantFrom(...Array.from('ab,"=')) });

test("what it says is read back, alone and among others", () => {
  fc.assert(
    fc.property(text, (item) => {
      const spelling = quoteItem(item);
      if (spelling === undefined) return;
      expect(parseQuotedList(`linux,${spelling},x`)).toEqual(["linux", item, "x"]);
    }),
  );
});

test("every item of every list has a spelling", () => {
  fc.assert(
    fc.property(text, (list) => {
      const items = (parseQuotedList(list) ?? []).filter((item) => item !== "");
      expect(items.map(quoteItem)).not.toContain(undefined);
    }),
    { numRuns: 2_000 },
  );
});

test("trimQuotes takes as long as the text is", () => {
  const quotes = '"'.repeat(200_000);
  expect(trimQuotes(`"a${quotes}a"`)).toBe(`a${quotes}a`);
  expect(trimQuotes(quotes)).toBe("");
  expect(trimQuotes('"')).toBe("");
});
