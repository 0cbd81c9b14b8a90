import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldLinks, foldPath, leadsOutside } from "../src/symlink-scope.js";
import { scratch } from "./support/tools.js";

const part = fc.constantFrom("a", "b", "c", "d", "..", ".", "..");
const target = fc
  .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 6 }))
  .map(([absolute, parts]) => (absolute && parts.length > 4 ? "/" : "") + parts.join("/"));
const place = fc.constantFrom("/a", "/b", "/c/a", "/c/b", "/c/d/a", "/c/d/b");

test("no link that is let through leads outside when the file system follows it", () => {
  using directory = scratch();
  fc.assert(
    fc.property(fc.dictionary(place, target, { minKeys: 1, maxKeys: 5 }), (links) => {
      const root = realpathSync(mkdtempSync(join(directory.path, "tree-")));
      const tree = new Map(Object.entries(links));
      mkdirSync(join(root, "c/d"), { recursive: true });
      writeFileSync(join(root, "d"), "");
      for (const [path, to] of tree) symlinkSync(to, join(root, path));
      for (const path of tree.keys()) {
        const real = realPathOf(join(root, path));
        if (real === undefined || real === root || real.startsWith(`${root}/`)) continue;
        expect(leadsOutside(path, tree), `${path} in ${JSON.stringify(links)}`).toBe(true);
      }
      rmSync(root, { recursive: true });
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("honest links are let through", () => {
  const links = new Map([
    ["/lib", "usr/lib"],
    ["/usr/bin/sh", "../../bin/dash"],
    ["/here", "."],
    ["/usr/again", "../here/usr/again"],
    ["/usr/share/up", "../../here/lib/x"],
  ]);
  for (const path of links.keys()) expect(leadsOutside(path, links), path).toBe(false);
  expect(leadsOutside("/a", new Map([["/a", "x/../../y"]]))).toBe(true);
});

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    // Dangling, or a loop: then it leads nowhere, unless the missing name itself is outside.
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR") return undefined;
    throw new Error(`realpath of ${dirname(path)} failed`, { cause: error });
  }
}

test("links are also judged as a file system sees them that ignores case and forms of Unicode", () => {
  for (const [link, other] of [
    ["/b", "B"],
    ["/\u00e9", "e\u0301"],
    ["/stra\u00dfe", "STRASSE"],
    ["/\u212a", "k"],
  ] as const) {
    const links = new Map([
      ["/a", `${other}/..`],
      [link, "."],
    ]);
    expect(leadsOutside("/a", links), other).toBe(false);
    expect(leadsOutside(foldPath("/a"), foldLinks(links)), other).toBe(true);
  }
  // Nothing of a name becomes a separator or leads up.
  expect(foldPath("/\u2024\u2024/\uff0f")).toBe("/\u2024\u2024/\uff0f");
});
