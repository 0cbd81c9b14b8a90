import fc from "fast-check";
import { anyDevice } from "./device-words.js";
import { anyText } from "./machines.js";

/** Command lines that nobody wrote with care: of vfkit's own words, in every wrong combination. */

const quoted = fc
  .array(
    fc.constantFrom(
      ...'",= '.split(""),
      "linux",
      "efi",
      "macos",
      "kernel=",
      "initrd=",
      "cmdline=",
      "variable-store=",
      "create",
      "machineIdentifierPath=",
      "hardwareModelPath=",
      "auxImagePath=",
      "/x",
      "user-data",
      "meta-data",
      "network-config",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const bootloader = fc.oneof(
  quoted,
  quoted.map((rest) => `linux,kernel=/k,initrd=/i,${rest}`),
  quoted.map((rest) => `linux,kernel=/k,initrd=/i,cmdline=${rest}`),
  quoted.map((rest) => `efi,variable-store=/v,${rest}`),
  quoted.map((rest) => `macos,machineIdentifierPath=/m,hardwareModelPath=/h,auxImagePath=${rest}`),
);

const number = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "0x10",
    "0b11",
    "0o7",
    "010",
    "08",
    "1_0",
    "_1",
    "1__0",
    "-1",
    "+1",
    "",
  ),
  fc.constantFrom(
    "65535",
    "65536",
    "18446744073709551615",
    "18446744073709551616",
    " 1",
    "1 ",
    "1e3",
    "١",
    "0x_1",
  ),
  fc.nat().map(String),
);

const uri = fc
  .array(
    fc.constantFrom(
      ..."/:?#@%[]".split(""),
      "unix",
      "UNIX",
      "tcp",
      "http",
      "none",
      "://",
      "localhost",
      "::1",
      "8080",
      "65536",
      "%41",
      "%2",
      "é",
      " ",
      "a",
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const anyUri = fc.oneof(
  uri,
  uri.map((rest) => `unix:///${rest}`),
  uri.map((rest) => `tcp://${rest}`),
  uri.map((rest) => `tcp://localhost:8080${rest}`),
  number.map((port) => `tcp://localhost:${port}`),
);

const flag = (names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.tuple(fc.constantFrom(...names), value, fc.nat({ max: 9 })).map(([name, given, how]) => {
    if (how === 0) return [`${name}=${given}`];
    if (how === 1 && !name.startsWith("--")) return [`${name}${given}`];
    return [name, given];
  });

const anyFlag = fc.oneof(
  { weight: 12, arbitrary: flag(["--device", "-d"], anyDevice) },
  { weight: 1, arbitrary: flag(["--cpus", "-c", "--memory", "-m"], number) },
  { weight: 2, arbitrary: flag(["--restful-uri"], anyUri) },
  { weight: 1, arbitrary: flag(["--log-level"], fc.constantFrom("debug", "info", "warn", "")) },
  {
    weight: 1,
    arbitrary: flag(
      ["--timesync", "-t"],
      number.map((n) => `vsockPort=${n}`),
    ),
  },
  { weight: 1, arbitrary: flag(["--timesync", "--ignition", "--pidfile"], anyText) },
  {
    weight: 1,
    arbitrary: flag(
      ["--cloud-init"],
      quoted.map((rest) => `/x/user-data,${rest}`),
    ),
  },
  { weight: 1, arbitrary: flag(["--cloud-init"], quoted) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ["--gui"],
      ["--nested"],
      ["-n"],
      ["--gui=false"],
      ["--nested=T"],
      ["--gui=yes"],
      ["-nh"],
      ["-nc2"],
      ["--"],
      ["-"],
      ["word"],
      ["--help"],
      ["--version"],
      ["completion"],
      ["__complete"],
      ["--unknown"],
      ["-test.v"],
      [""],
    ),
  },
);

const boots = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constant([
      "--kernel",
      "/k",
      "--initrd",
      "/i",
      "--kernel-cmdline",
      "console=hvc0",
    ]),
  },
  { weight: 4, arbitrary: flag(["--bootloader", "-b"], bootloader) },
  { weight: 1, arbitrary: flag(["--kernel", "-k", "--initrd", "-i", "--kernel-cmdline"], anyText) },
);

/** What shells say, and what looks like it. */
const completion = fc
  .tuple(
    fc.constantFrom([], ["--gui"], ["-n"], ["-v"], [""], ["-k"], ["--"]),
    fc.constantFrom("completion", "__complete", "__completeNoDesc"),
    fc.array(
      fc.constantFrom(
        "bash",
        "zsh",
        "--no-descriptions",
        "--no-descriptions=f",
        "-h",
        "--help=x",
        "-hn",
        "-h=",
        "-test.x",
        "--kernel",
        "--",
        "-",
        "",
        "word",
      ),
      { maxLength: 3 },
    ),
  )
  .map(([before, command, after]): string[] => [before, command, after].flat());

const anyBoot = fc
  .tuple(boots, fc.array(anyFlag, { maxLength: 4 }), fc.boolean())
  .map(([boot, flags, first]) =>
    first ? [flags.flat(), boot].flat() : [boot, flags.flat()].flat(),
  );

/** A machine that boots, mostly, with up to four flags of any kind. */
export const anyCommandLine: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 30, arbitrary: anyBoot },
  { weight: 1, arbitrary: completion },
);

/** One change of one word, or of the order of words. */
export function mutated(lines: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  const change = fc.record({
    at: fc.nat(),
    inWord: fc.nat(),
    how: fc.constantFrom("drop", "double", "swap", "cut", "insert", "replace"),
    piece: fc.oneof(fc.constantFrom(...'",=:/%- '.split("")), anyText),
  });
  return fc.tuple(lines, change).map(([argv, { at, inWord, how, piece }]) => {
    const index = at % Math.max(argv.length, 1);
    const word = argv[index] ?? "";
    const middle = inWord % (word.length + 1);
    const before = argv.slice(0, index);
    const after = argv.slice(index + 1);
    if (how === "drop") return before.concat(after);
    if (how === "double") return before.concat(word, word, after);
    if (how === "swap") return before.concat(after.slice(0, 1), word, after.slice(1));
    if (how === "cut") return before.concat(word.slice(0, middle), after);
    if (how === "replace") return before.concat(piece, after);
    return before.concat(word.slice(0, middle) + piece + word.slice(middle), after);
  });
}

/** Can an operating system pass these words? */
export function isPassable(argv: readonly string[]): boolean {
  return argv.every((word) => !/\0|\p{Surrogate}/u.test(word));
}

/** Would vfkit take one of this process's own descriptors for a socket? */
export function touchesOwnDescriptors(argv: readonly string[]): boolean {
  return argv.some((word) => /fd=\+?0*\d{1,2}(?!\d)/.test(word));
}
