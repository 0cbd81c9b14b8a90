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

  it("quotes as fish and PowerShell do", () => {
    expect(envLine("fish", "A", String.raw`it's \o/`)).toBe(String.raw`set -gx A 'it\'s \\o/'`);
    expect(envLine("powershell", "A", "it's")).toBe("$Env:A = 'it''s'");
    expect(envLine("sh", "A", undefined)).toBe("unset A");
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
