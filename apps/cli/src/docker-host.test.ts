import { createHost } from "@vfkit-machine/host";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envLine, envShellOf } from "./docker-host.js";

describe("envLine", () => {
  it("is read back by sh as it was, whatever is in the value", async () => {
    const values = fc.sample(
      fc.string().filter((text) => !text.includes("\0")),
      30,
    );
    const script = values
      .map((value, index) => `${envLine("sh", `V${index}`, value)}; printf '%s\\0' "$V${index}"`)
      .join("\n");
    const { stdout } = await createHost().runner.run("sh", ["-c", script]);
    expect(stdout.split("\0").slice(0, -1)).toEqual(values);
  });

  it("quotes as fish does", () => {
    expect(envLine("fish", "A", String.raw`it's \o/`)).toBe(String.raw`set -gx A 'it\'s \\o/'`);
    expect(envLine("sh", "A", undefined)).toBe("unset A");
  });
});

// PowerShell is not here to be asked. Its rule, from about_Quoting_Rules and its tokenizer: any of these
// ends the string, unless one of them follows; then it is that one.
const POWERSHELL_QUOTE = /['\u2018-\u201b]/;

/** What PowerShell reads where a single-quoted string begins, and what is left behind it. */
function readPowerShellString(text: string): readonly [value: string, rest: string] {
  let value = "";
  for (let at = 1; at < text.length; at += 1) {
    if (POWERSHELL_QUOTE.test(text.charAt(at))) {
      if (!POWERSHELL_QUOTE.test(text.charAt(at + 1))) return [value, text.slice(at + 1)];
      at += 1;
    }
    value += text.charAt(at);
  }
  throw new Error("the string has no end");
}

describe("envLine for PowerShell", () => {
  it("is one string that begins and ends where it should, by PowerShell's rule, whatever is in it", () => {
    const awkward = fc.constantFrom(
      "'",
      "\u2018",
      "\u2019",
      "\u201a",
      "\u201b",
      "\u201c",
      '"',
      "`",
      "$",
      "\n",
      "a",
    );
    const values = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: awkward }));
    fc.assert(
      fc.property(values, (value) => {
        const [, string = ""] = /^\$Env:A = ('[^]*)$/.exec(envLine("powershell", "A", value)) ?? [];
        expect(readPowerShellString(string)).toEqual([value, ""]);
      }),
    );
  });

  it.each([
    ["it's", "'it''s'"],
    ["it\u2019s", "'it\u2019\u2019s'"],
    ["two\nlines $(x) `n", "'two\nlines $(x) `n'"],
  ])("writes %j as %j", (value, expected) => {
    expect(envLine("powershell", "A", value)).toBe(`$Env:A = ${expected}`);
    expect(envLine("powershell", "A", undefined)).toBe(
      "Remove-Item Env:A -ErrorAction SilentlyContinue",
    );
  });
});

describe("envShellOf", () => {
  it.each([
    [undefined, "/usr/bin/fish", "fish"],
    [undefined, "/bin/zsh", "sh"],
    [undefined, undefined, "sh"],
    ["zsh", "/usr/bin/fish", "sh"],
    ["pwsh", undefined, "powershell"],
    ["tcsh", undefined, undefined],
  ])("%s with SHELL=%s: %s", (asked, shell, expected) => {
    expect(envShellOf(asked, { SHELL: shell })).toBe(expected);
  });
});
