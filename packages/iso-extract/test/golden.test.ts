import { createHash } from "node:crypto";
import { mkdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openIso } from "../src/index.js";
import { contents, fileContents, readImageTree } from "./support/image-tree.js";
import {
  makeFifo,
  makeSourceTree,
  readSourceTree,
  sha256,
  type Item,
} from "./support/source-tree.js";
import { has, run, scratch } from "./support/tools.js";

const directory = scratch();
const tree = join(directory.path, "tree");
const EMPTY = sha256(Buffer.alloc(0));
const LONG = "/links/long";
let source: Map<string, Item>;

beforeAll(async () => {
  await mkdir(tree);
  await makeSourceTree(tree);
  makeFifo(join(tree, "boot/fifo"));
  source = await readSourceTree(tree);
});
afterAll(() => directory[Symbol.dispose]());

/** Links and the fifo are empty files where there is no Rock Ridge. */
function withContent(tree: ReadonlyMap<string, Item>): string[] {
  return fileContents(tree).filter((hash) => hash !== EMPTY);
}

/** How one tool with one set of options is expected to keep the tree. */
interface Golden {
  readonly tool: "xorriso" | "genisoimage";
  readonly options: readonly string[];
  readonly namespace: "rock-ridge" | "joliet" | "enhanced" | "plain";
  /** Names and links survive; or only names; or only the files' contents. */
  readonly keeps: "all" | "names" | "contents";
}

const GOLDEN: readonly Golden[] = [
  { tool: "xorriso", options: ["-R"], namespace: "rock-ridge", keeps: "all" },
  { tool: "xorriso", options: ["-R", "-J"], namespace: "rock-ridge", keeps: "all" },
  { tool: "xorriso", options: ["-r", "-iso-level", "1"], namespace: "rock-ridge", keeps: "all" },
  {
    tool: "xorriso",
    options: ["-R", "-iso-level", "2", "-U"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  {
    tool: "xorriso",
    options: ["-R", "-iso-level", "3", "-allow-lowercase"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  { tool: "xorriso", options: ["-R", "-iso-level", "4"], namespace: "rock-ridge", keeps: "all" },
  {
    tool: "xorriso",
    options: ["-R", "-rr_reloc_dir", "/rr_moved"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  {
    tool: "xorriso",
    options: ["-R", "-J", "-joliet-long", "-partition_offset", "16"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  { tool: "genisoimage", options: ["-R"], namespace: "rock-ridge", keeps: "all" },
  { tool: "genisoimage", options: ["-R", "-D"], namespace: "rock-ridge", keeps: "all" },
  { tool: "genisoimage", options: ["-R", "-hide-rr-moved"], namespace: "rock-ridge", keeps: "all" },
  {
    tool: "genisoimage",
    options: ["-r", "-J", "-joliet-long"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  {
    tool: "genisoimage",
    options: ["-R", "-iso-level", "1"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  {
    tool: "genisoimage",
    options: ["-R", "-iso-level", "4"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  {
    tool: "genisoimage",
    options: ["-R", "-U", "-allow-lowercase"],
    namespace: "rock-ridge",
    keeps: "all",
  },
  { tool: "genisoimage", options: ["-D", "-J"], namespace: "joliet", keeps: "contents" },
  {
    tool: "genisoimage",
    options: ["-D", "-J", "-joliet-long", "-ucs-level", "1"],
    namespace: "joliet",
    keeps: "contents",
  },
  {
    tool: "genisoimage",
    options: ["-D", "-iso-level", "4"],
    namespace: "enhanced",
    keeps: "contents",
  },
  { tool: "genisoimage", options: ["-D", "-U"], namespace: "plain", keeps: "contents" },
  {
    tool: "genisoimage",
    options: ["-D", "-iso-level", "1"],
    namespace: "plain",
    keeps: "contents",
  },
  {
    tool: "genisoimage",
    options: ["-D", "-iso-level", "2", "-allow-lowercase"],
    namespace: "plain",
    keeps: "contents",
  },
  {
    tool: "genisoimage",
    options: ["-D", "-iso-level", "3", "-d", "-N"],
    namespace: "plain",
    keeps: "contents",
  },
];

describe.each(GOLDEN)("$tool $options", ({ tool, options, namespace, keeps }) => {
  test.skipIf(!has(tool))(`gives back every byte of the tree (needs ${tool})`, async () => {
    const image = join(directory.path, `${[tool, ...options].join("").replaceAll("/", "_")}.iso`);
    if (tool === "xorriso")
      run("xorriso", "-as", "mkisofs", "-quiet", ...options, "-o", image, tree);
    else run("genisoimage", "-quiet", ...options, "-o", image, tree);
    await using iso = await openIso(image);
    expect(iso.volume.namespace).toBe(namespace);
    expect(iso.volume.missingBytes).toBe(0);
    const found = await readImageTree(iso);
    if (keeps === "contents") {
      expect(withContent(found)).toEqual(withContent(source));
      return;
    }
    // genisoimage itself cuts a link target of more than 255 bytes.
    const kept =
      tool === "xorriso" ? source : new Map([...source].filter(([path]) => path !== LONG));
    if (tool === "genisoimage") found.delete(LONG);
    expect(contents(found)).toEqual(contents(kept));
    const { mode, modifiedSecond } = found.get("/boot/initrd") ?? {};
    expect(modifiedSecond).toBe(1_600_000_002);
    if (!options.includes("-r")) {
      expect(mode).toBe(source.get("/boot/initrd")?.mode);
      expect(found.get("/boot/bzimage")?.mode).toBe(0o750);
    }
  });
});

describe("every tree of one image", () => {
  test.skipIf(!has("xorriso"))("can be asked for by name (needs xorriso)", async () => {
    const image = join(directory.path, "all.iso");
    run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-iso-level", "4", "-o", image, tree);
    for (const namespace of ["rock-ridge", "joliet", "enhanced", "plain"] as const) {
      await using iso = await openIso(image, { namespace });
      expect(iso.volume.namespaces).toEqual(["rock-ridge", "joliet", "enhanced", "plain"]);
      expect(iso.volume.namespace).toBe(namespace);
      const found = withContent(await readImageTree(iso));
      // Joliet of xorriso leaves out what is too deep or too long; nothing else may be missing.
      if (namespace !== "joliet") expect(found).toEqual(withContent(source));
      expect((await iso.stat("/boot/bzimage")).sizeBytes).toBe(300_000);
    }
  });
});

describe("a truncated copy", () => {
  test.skipIf(!has("genisoimage"))(
    "is refused before anything is written (needs genisoimage)",
    async () => {
      const image = join(directory.path, "short.iso");
      run("genisoimage", "-quiet", "-R", "-no-pad", "-o", image, tree);
      const { size } = await stat(image);
      for (const part of [0.95, 0.5, 0.3]) {
        await truncate(image, Math.floor(size * part));
        await using iso = await openIso(image);
        expect(iso.volume.missingBytes).toBeGreaterThan(0);
        const outcomes = new Set<string>();
        for await (const entry of iso.walk()) {
          if (entry.type !== "file") continue;
          const hash = createHash("sha256");
          const outcome = await (async () => {
            for await (const chunk of iso.readStream(entry)) hash.update(chunk as Buffer);
            return hash.digest("hex") === source.get(entry.path)?.content ? "whole" : "wrong";
          })().catch((error: { code?: string }) => error.code ?? "other");
          outcomes.add(outcome);
        }
        expect([...outcomes].toSorted()).toEqual(["ERR_ISO_TRUNCATED", "whole"]);
      }
    },
  );
});
