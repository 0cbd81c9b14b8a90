import * as fc from "fast-check";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quoteShell } from "../src/index.js";

/** The words as a real shell splits them. */
function split(line: string): string[] {
  const script = `printf '%s\\0' ${line}`;
  const output = execFileSync("/bin/sh", ["-c", script], { encoding: "buffer" });
  return output.toString("utf8").split("\0").slice(0, -1);
}

describe("quoteShell", () => {
  it("leaves plain words readable and quotes the rest", () => {
    expect(quoteShell(["ls", "-la", "/mnt/data", "a b", "", "it's"])).toBe(
      `ls -la /mnt/data 'a b' '' 'it'\\''s'`,
    );
  });

  it.each(["if", "while", "!", "{", "[[", "A=1", "~", "~root", "%1", "#", "-", "time"])(
    "makes of %j a word and nothing else",
    (word) => {
      expect(split(quoteShell([word]))).toEqual([word]);
      // As the name of a command, too: the shell looks for it, and does not find it.
      const script = `PATH=/nonexistent; ${quoteShell([word, "x"])}`;
      const run = (): string =>
        execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", stdio: "pipe" });
      expect(run).toThrow(expect.objectContaining({ status: 127 }));
    },
  );

  it("comes out of a real shell as it went in", () => {
    const word = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          "'",
          '"',
          "\\",
          "$",
          "`",
          "\n",
          " ",
          "\t",
          "*",
          "?",
          "~",
          "!",
          "#",
          "&",
          ";",
        ),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
      ),
      maxLength: 20,
    });
    const nonNul = word.filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(nonNul, { minLength: 1, maxLength: 6 }), (words) => {
        expect(split(quoteShell(words))).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses what no argument can hold", () => {
    expect(() => quoteShell(["a\0b"])).toThrow(
      expect.objectContaining({ code: "ERR_SSH_INVALID_COMMAND" }),
    );
  });
});
