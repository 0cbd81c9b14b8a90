import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inLab, skipped, whyNoLab } from "./in-lab.js";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const modes = ["root", "user namespace"] as const;
const whys = modes.map((mode) => whyNoLab(mode));
const mode = modes.find((_, index) => whys[index] === "");
const why = mode === undefined ? whys.join("; ") : "";

describe.skipIf(why !== "")(`README.md${skipped(why)}`, () => {
  test("what it shows is what happens", () => {
    const [, script, output] = /```sh\n([^`]*)```\n\n```text\n([^`]*)```/.exec(readme) ?? [];
    expect(inLab(mode ?? "root", script ?? "exit 1").stdout).toBe(output);
  });

  test("it explains every command of labctl", () => {
    const usage = inLab(mode ?? "root", "labctl --help").stdout;
    const commands = [...usage.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]);
    expect(commands.length).toBeGreaterThan(8);
    expect(commands.filter((name) => !readme.includes(`\`labctl ${name}`))).toEqual([]);
  });
});
