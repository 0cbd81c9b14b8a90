import { deflateSync } from "node:zlib";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  SECTOR,
  DIRECTORY,
  FILE,
  SYMLINK,
  TERMINATOR,
  both32,
  ce,
  craft,
  descriptor,
  directory,
  nm,
  px,
  sl,
  use,
} from "./craft.js";
import { noise } from "./source-tree.js";
import { has, run } from "./tools.js";

/** A small image of everything this package reads, written byte by byte. */
export function craftedBase(): Buffer {
  const continued = Buffer.concat([
    nm("-continued-name"),
    sl([
      [4, ""],
      [0, "boot"],
    ]),
  ]);
  const zisofs = packZisofs(Buffer.concat([Buffer.alloc(40_000), noise(5000, 3)]));
  const zf = use("ZF", Buffer.concat([Buffer.from("pz"), Buffer.from([4, 15]), both32(45_000)]));
  const time = use("TF", [
    0x0f,
    ...Array.from({ length: 4 }, () => [126, 5, 6, 7, 8, 9, 4]).flat(),
  ]);
  const long = use("TF", [0x82, ...Buffer.from("2026050607080900\x04")]);
  return craft({
    length: 60,
    descriptors: [
      descriptor({ rootBlock: 20, rootSize: SECTOR, volumeBlocks: 60 }),
      descriptor({ type: 2, escape: "%/E", rootBlock: 24, rootSize: SECTOR, volumeBlocks: 60 }),
      descriptor({ type: 2, version: 2, rootBlock: 20, rootSize: SECTOR, volumeBlocks: 60 }),
      TERMINATOR,
    ],
    blocks: {
      20: directory(
        20,
        20,
        [
          {
            name: "BOOT",
            block: 21,
            size: SECTOR,
            flags: 2,
            systemUse: [px(DIRECTORY), time, nm("boot")],
          },
          { name: "LINK", systemUse: [px(SYMLINK), nm("link", 1), ce(23, 0, continued.length)] },
          { name: "MOVED", systemUse: [px(DIRECTORY), nm("moved"), use("CL", both32(22))] },
          {
            name: "MULTI.;1",
            block: 30,
            size: SECTOR,
            flags: 0x80,
            systemUse: [px(FILE), nm("multi")],
          },
          { name: "MULTI.;1", block: 31, size: 100, systemUse: [px(FILE), nm("multi")] },
          {
            name: "PACKED.;1",
            block: 32,
            size: zisofs.length,
            systemUse: [px(FILE), long, zf, nm("packed")],
          },
          {
            name: "RR_MOVED",
            block: 25,
            size: SECTOR,
            flags: 2,
            systemUse: [px(DIRECTORY), nm("rr_moved")],
          },
          { name: "INTER.;1", block: 30, size: 3000, unit: 1, gap: 1 },
        ],
        { rockRidge: true },
      ),
      21: directory(21, 20, [
        { name: "BZIMAGE.;1", block: 30, size: 5000, systemUse: [px(FILE), nm("bzimage")] },
      ]),
      22: directory(22, 25, [{ name: "DEEP.;1", block: 30, size: 10 }], { rockRidge: true }),
      23: continued,
      24: directory(24, 24, [
        { name: Buffer.from("ünïcode.txt;1", "utf16le").swap16(), block: 30, size: 7 },
      ]),
      25: directory(25, 20, [
        {
          name: "D",
          block: 22,
          size: SECTOR,
          flags: 2,
          systemUse: [use("RE"), use("PL", both32(20))],
        },
      ]),
      30: noise(2 * SECTOR, 1),
      32: zisofs,
    },
  });
}

function packZisofs(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = bytes.subarray(at, at + 32_768);
    blocks.push(block.every((byte) => byte === 0) ? Buffer.alloc(0) : deflateSync(block));
  }
  const header = Buffer.alloc(16 + 4 * (blocks.length + 1));
  Buffer.from([0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07]).copy(header);
  header.writeUInt32LE(bytes.length, 8);
  header.set([4, 15], 12);
  let pointer = header.length;
  [...blocks, Buffer.alloc(0)].forEach((block, index) => {
    header.writeUInt32LE(pointer, 16 + 4 * index);
    pointer += block.length;
  });
  return Buffer.concat([header, ...blocks]);
}

/** Small images of the tools that are here. */
export function toolBases(directoryPath: string): Buffer[] {
  const tree = join(directoryPath, "tree");
  mkdirSync(join(tree, "1/2/3/4/5/6/7/8/9"), { recursive: true });
  mkdirSync(join(tree, "boot"));
  writeFileSync(join(tree, "1/2/3/4/5/6/7/8/9/deep"), "deep");
  writeFileSync(join(tree, "boot/bzimage"), noise(9000, 5));
  writeFileSync(join(tree, `boot/${"long-name-".repeat(20)}`), "long");
  symlinkSync("boot/bzimage", join(tree, "kernel"));
  const bases: Buffer[] = [];
  const keep = (name: string): void => void bases.push(readFileSync(join(directoryPath, name)));
  if (has("xorriso")) {
    run(
      "xorriso",
      "-padding",
      "0",
      "-as",
      "mkisofs",
      "-quiet",
      "-R",
      "-J",
      "-iso-level",
      "4",
      "-o",
      join(directoryPath, "x.iso"),
      tree,
    );
    keep("x.iso");
  }
  if (has("genisoimage")) {
    run("genisoimage", "-quiet", "-no-pad", "-R", "-J", "-o", join(directoryPath, "g.iso"), tree);
    keep("g.iso");
    run(
      "genisoimage",
      "-quiet",
      "-no-pad",
      "-D",
      "-iso-level",
      "4",
      "-o",
      join(directoryPath, "p.iso"),
      tree,
    );
    keep("p.iso");
  }
  return bases;
}
