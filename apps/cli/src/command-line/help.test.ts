import { describe, expect, it } from "vitest";
import { COMMAND_GROUPS, COMMANDS, GLOBAL_OPTIONS } from "../definitions/index.js";
import { commandHelp, programHelp } from "./help.js";
import { parseCommandLine } from "./parse.js";

const overlong = (text: string): string[] => text.split("\n").filter((line) => line.length > 80);

describe("help", () => {
  it("names every command and fits the terminal", () => {
    const help = programHelp(COMMAND_GROUPS, GLOBAL_OPTIONS);
    for (const { name } of COMMANDS) expect(help).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(overlong(help)).toEqual([]);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    "of %s has examples that parse, and fits the terminal",
    (name, command) => {
      const help = commandHelp(command, GLOBAL_OPTIONS);
      expect(help).toContain(`Usage: vfm ${name}`);
      expect(overlong(help)).toEqual([]);
      const own = command.examples.flatMap((line) => /\bvfm [^|>)"]*/.exec(line)?.[0] ?? []);
      expect(own.length).toBeGreaterThan(0);
      for (const line of own) {
        const argv = line.trim().split(/\s+/).slice(1);
        const parsed = parseCommandLine(argv, COMMANDS, GLOBAL_OPTIONS);
        expect(parsed.command).toBeDefined();
      }
    },
  );

  it("uses each name, alias and short option once", () => {
    const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { options = [] } of COMMANDS) {
      const all = [...options, ...GLOBAL_OPTIONS];
      const keys = all.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});
