import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseArgv, requiredVersion, toArgv } from "../src/index.js";

/** See test/golden/README.md. */
const golden = await readFile(new URL("golden/versions.jsonl", import.meta.url), "utf8");
const [head = "", ...lines] = golden.trimEnd().split("\n");
const { vfkit: versions } = JSON.parse(head) as { readonly vfkit: readonly string[] };
const vectors = lines.map((line) => JSON.parse(line) as { argv: string[]; since: string });

test.each(vectors)("vfkit understands $argv since $since", ({ argv, since }) => {
  const machine = parseArgv(argv);
  const needed = requiredVersion(machine)?.version ?? "0.5.1";
  // 0.6.2 was not there to be asked: what it brought is first seen in 0.6.3.
  expect(versions.find((version) => version >= needed)).toBe(since);
  expect(toArgv(machine)).toEqual(argv);
});
