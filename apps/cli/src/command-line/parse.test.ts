import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMANDS, GLOBAL_OPTIONS } from "../definitions/index.js";
import { UsageError } from "../exit-codes.js";
import { parseCommandLine, type ParsedCommandLine } from "./parse.js";

const parse = (...argv: readonly string[]): ParsedCommandLine =>
  parseCommandLine(argv, COMMANDS, GLOBAL_OPTIONS);

/** What it returns, or the error when that is one for people. */
function outcome(argv: readonly string[]): unknown {
  try {
    return parse(...argv);
  } catch (error) {
    return error instanceof UsageError ? error : undefined;
  }
}

describe("parseCommandLine", () => {
  it("finds options of the program before the command and among its own", () => {
    for (const argv of [
      ["--json", "--store", "/s", "stop", "c1", "--grace", "5"],
      ["stop", "--grace=5", "c1", "--json", "--store=/s"],
    ]) {
      expect(parse(...argv)).toMatchObject({
        command: { name: "stop" },
        args: ["c1"],
        options: { grace: "5" },
        globals: { json: true, store: "/s" },
      });
    }
  });

  it("collects options that repeat, in order", () => {
    const { options } = parse(
      "create",
      "--extra-disk",
      "1GiB",
      "--iso",
      "x",
      "--extra-disk",
      "2GiB",
    );
    expect(options["extra-disk"]).toEqual(["1GiB", "2GiB"]);
  });

  it("knows aliases, short options, and groups of them", () => {
    expect(parse("ls").command?.name).toBe("list");
    expect(parse("delete", "-af").options).toEqual({ all: true, force: true });
    expect(parse("logs", "-fn", "5").options).toEqual({ follow: true, lines: "5" });
  });

  it("hands what follows the machine's name to ssh untouched", () => {
    expect(parse("--json", "ssh", "c1", "--", "ls", "--all", "-q").args).toEqual([
      "c1",
      "--",
      "ls",
      "--all",
      "-q",
    ]);
    expect(parse("ssh", "c1", "df", "-h").args).toEqual(["c1", "df", "-h"]);
    expect(parse("ssh", "--", "df", "-h").args).toEqual(["", "df", "-h"]);
    expect(parse("ssh", "--json", "c1").globals).toEqual({ json: true });
  });

  it.each([
    [["lst"], "unknown command: lst", "Did you mean vfm list?"],
    [["strat", "x"], "unknown command: strat", "Did you mean vfm start?"],
    [["create", "--cpu", "2"], "vfm create has no option --cpu", "Did you mean --cpus?"],
    [["stop", "-x"], "vfm stop has no option -x", "See vfm stop --help."],
    [["create", "--iso"], "--iso needs a value: ISO", /PATH, URL, minikube/],
    [["create", "-iso", "x"], "vfm create has no option -iso", "Did you mean --iso?"],
    [["create", "--iso", "--cpus", "2"], "--iso needs a value: ISO", /--iso=--cpus/],
    [["stop", "--all=yes"], "--all takes no value", undefined],
    [["stop", "--grace", "1", "--grace", "2"], "--grace is given twice: 1 and 2", undefined],
    [["ip", "a", "b"], "too many arguments for vfm ip: b", "See vfm ip --help."],
    [["cp", "a"], "vfm cp needs TO", "See vfm cp --help."],
  ])("refuses %j", (argv, message, hint) => {
    expect(() => parse(...argv)).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message,
        hint: hint instanceof RegExp ? expect.stringMatching(hint) : hint,
      }),
    );
  });

  it("throws nothing but UsageError, whatever is typed", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "--",
        "-",
        "--iso",
        "-f",
        "--all=",
        "ssh",
        "create",
        "--no-start",
        "=",
        "--=x",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        expect(outcome(argv)).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });
});
