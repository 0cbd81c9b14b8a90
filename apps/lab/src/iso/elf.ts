/** `e_ident`: magic, 64 bits, little-endian, version 1. All that Debian's amd64 and arm64 have. */
const IDENTITY = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
const SEGMENT_LOAD = 1;
const SEGMENT_DYNAMIC = 2;
const TAG_END = 0;
const TAG_NEEDED = 1;
const TAG_STRINGS = 5;
const ENTRY_BYTES = 16;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * The libraries that an ELF file says it needs (`DT_NEEDED`), in its order; none for a static one.
 * Pure, and of any machine: see elf(5).
 *
 * @throws RangeError for a file that is cut off or no 64-bit little-endian ELF
 */
export function readNeeded(file: Buffer): string[] {
  if (!file.subarray(0, IDENTITY.length).equals(IDENTITY)) {
    throw new RangeError("not a 64-bit little-endian ELF file");
  }
  const segments = readSegments(file);
  const dynamic = segments.find(({ type }) => type === SEGMENT_DYNAMIC);
  if (dynamic === undefined) return [];
  const names: number[] = [];
  let strings = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += ENTRY_BYTES) {
    const tag = readNumber(file, at);
    const value = readNumber(file, at + 8);
    if (tag === TAG_END) break;
    if (tag === TAG_NEEDED) names.push(value);
    if (tag === TAG_STRINGS) strings = offsetOf(segments, value);
  }
  return names.map((name) => readString(file, strings + name));
}

function readSegments(file: Buffer): Segment[] {
  const table = readNumber(file, 0x20);
  const size = file.readUInt16LE(0x36);
  return Array.from({ length: file.readUInt16LE(0x38) }, (_, index) => {
    const at = table + index * size;
    return {
      type: file.readUInt32LE(at),
      offset: readNumber(file, at + 8),
      address: readNumber(file, at + 16),
      size: readNumber(file, at + 32),
    };
  });
}

/** Where in the file lies what is loaded at this address. */
function offsetOf(segments: readonly Segment[], address: number): number {
  const holder = segments.find(
    (each) =>
      each.type === SEGMENT_LOAD && address >= each.address && address < each.address + each.size,
  );
  if (holder === undefined) throw new RangeError("the ELF file's strings are in no segment");
  return address - holder.address + holder.offset;
}

function readString(file: Buffer, at: number): string {
  const end = file.indexOf(0, at);
  if (end === -1) throw new RangeError("the ELF file ends in a name");
  return file.toString("latin1", at, end);
}

function readNumber(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}
