/** Writes small ISO 9660 images byte by byte, also those that no tool would make. */
import type { ByteSource } from "../../src/index.js";

export const SECTOR = 2048;

export interface CraftedRecord {
  readonly name: string | Buffer;
  readonly block?: number;
  readonly size?: number;
  readonly flags?: number;
  readonly systemUse?: readonly Buffer[];
  readonly unit?: number;
  readonly gap?: number;
  /** Years since 1900, month, day, hour, minute, second, quarters of an hour. */
  readonly time?: readonly number[];
  /** Overrides the length byte. */
  readonly length?: number;
  readonly extendedAttributes?: number;
}

/** A 32-bit number in both orders. */
export function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

export function record(of: CraftedRecord): Buffer {
  const name = typeof of.name === "string" ? Buffer.from(of.name) : of.name;
  const systemUse = Buffer.concat(of.systemUse ?? []);
  const padding = (name.length & 1) ^ 1;
  const bytes = Buffer.alloc((33 + name.length + padding + systemUse.length + 1) & ~1);
  bytes[0] = of.length ?? bytes.length;
  bytes[1] = of.extendedAttributes ?? 0;
  both32(of.block ?? 0).copy(bytes, 2);
  both32(of.size ?? 0).copy(bytes, 10);
  Buffer.from(of.time ?? [126, 1, 2, 3, 4, 5, 0]).copy(bytes, 18);
  bytes[25] = of.flags ?? 0;
  bytes[26] = of.unit ?? 0;
  bytes[27] = of.gap ?? 0;
  bytes.set([1, 0, 0, 1], 28);
  bytes[32] = name.length;
  name.copy(bytes, 33);
  systemUse.copy(bytes, 33 + name.length + padding);
  return bytes;
}

/** A System Use entry: signature, length, version, and the rest. */
export function use(signature: string, body: Buffer | readonly number[] = [], version = 1): Buffer {
  const rest = Buffer.from(body as Buffer);
  return Buffer.concat([Buffer.from(signature), Buffer.from([rest.length + 4, version]), rest]);
}
export const SP: Buffer = use("SP", [0xbe, 0xef, 0]);
export const px = (mode: number): Buffer =>
  use("PX", Buffer.concat([both32(mode), both32(1), both32(0), both32(0)]));
export const nm = (name: string | Buffer, flags = 0): Buffer =>
  use("NM", Buffer.concat([Buffer.from([flags]), Buffer.from(name as string)]));
export const ce = (block: number, offset: number, size: number): Buffer =>
  use("CE", Buffer.concat([both32(block), both32(offset), both32(size)]));
/** @param components flags and text of each */
export const sl = (components: readonly (readonly [number, string])[], flags = 0): Buffer =>
  use(
    "SL",
    Buffer.concat([
      Buffer.from([flags]),
      ...components.map(([flag, text]) =>
        Buffer.concat([Buffer.from([flag, Buffer.byteLength(text)]), Buffer.from(text)]),
      ),
    ]),
  );

export const FILE = 0o100644;
export const DIRECTORY = 0o040755;
export const SYMLINK = 0o120777;

/** A directory extent: "." and "..", then the records, none over the end of a sector. */
export function directory(
  self: number,
  parent: number,
  records: readonly (CraftedRecord | Buffer)[],
  options: { readonly rockRidge?: boolean; readonly sectors?: number } = {},
): Buffer {
  const size = (options.sectors ?? 1) * SECTOR;
  const selfUse = options.rockRidge === true ? [SP, px(DIRECTORY)] : [];
  const all = [
    record({ name: Buffer.from([0]), block: self, size, flags: 2, systemUse: selfUse }),
    record({ name: Buffer.from([1]), block: parent, size: SECTOR, flags: 2 }),
    ...records.map((one) => (Buffer.isBuffer(one) ? one : record(one))),
  ];
  const extent = Buffer.alloc(size);
  let at = 0;
  for (const one of all) {
    if ((at % SECTOR) + one.length > SECTOR) at += SECTOR - (at % SECTOR);
    one.copy(extent, at);
    at += one.length;
  }
  return extent;
}

export interface CraftedImage {
  /** Content by first block. */
  readonly blocks: Readonly<Record<number, Buffer>>;
  readonly rootBlock?: number;
  readonly rootSize?: number;
  /** Blocks of the image; default: as many as are needed. */
  readonly length?: number;
  readonly descriptors?: readonly Buffer[];
  readonly blockBytes?: number;
}

export function descriptor(of: {
  readonly type?: number;
  readonly version?: number;
  readonly rootBlock: number;
  readonly rootSize: number;
  readonly volumeBlocks?: number;
  readonly blockBytes?: number;
  readonly escape?: string;
}): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes[0] = of.type ?? 1;
  bytes.write("CD001", 1);
  bytes[6] = of.version ?? 1;
  bytes.fill(" ", 8, 72);
  bytes.write("CRAFTED", 40);
  both32(of.volumeBlocks ?? 0).copy(bytes, 80);
  bytes.write(of.escape ?? "", 88);
  bytes.writeUInt16LE(of.blockBytes ?? SECTOR, 128);
  bytes.writeUInt16BE(of.blockBytes ?? SECTOR, 130);
  record({ name: Buffer.from([0]), block: of.rootBlock, size: of.rootSize, flags: 2 }).copy(
    bytes,
    156,
  );
  bytes[881] = 1;
  return bytes;
}

export const TERMINATOR: Buffer = Buffer.concat([
  Buffer.from([255]),
  Buffer.from("CD001"),
  Buffer.from([1]),
  Buffer.alloc(SECTOR - 7),
]);

export function craft(image: CraftedImage): Buffer {
  const blockBytes = image.blockBytes ?? SECTOR;
  const ends = Object.entries(image.blocks).map(
    ([block, bytes]) => Number(block) * blockBytes + bytes.length,
  );
  const size =
    image.length === undefined ? Math.max(...ends, 20 * SECTOR) : image.length * blockBytes;
  const bytes = Buffer.alloc(Math.ceil(size / SECTOR) * SECTOR);
  const rootBlock = image.rootBlock ?? 20;
  const descriptors = image.descriptors ?? [
    descriptor({
      rootBlock,
      rootSize: image.rootSize ?? image.blocks[rootBlock]?.length ?? SECTOR,
      volumeBlocks: bytes.length / blockBytes,
      blockBytes,
    }),
    TERMINATOR,
  ];
  descriptors.forEach((one, index) => one.copy(bytes, (16 + index) * SECTOR));
  for (const [block, content] of Object.entries(image.blocks))
    content.copy(bytes, Number(block) * blockBytes);
  return bytes;
}

/** Bytes in memory as an image. */
export function inMemory(bytes: Buffer, name = "crafted.iso"): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    read: (target, position) => bytes.copy(target, 0, position, position + target.length),
  };
}
