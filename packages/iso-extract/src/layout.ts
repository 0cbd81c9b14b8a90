/**
 * Every offset, length, flag and magic number of the formats this package reads, and how to read a
 * number at one. Sources: ECMA-119 (ISO 9660), SUSP 1.12, RRIP 1.12 (Rock Ridge), the Joliet
 * specification, the zisofs formats 1 and 2 of libisofs, ECMA-167 (recognition of UDF only).
 */

/** The logical sector: descriptors and directory records never straddle one (ECMA-119 6.1.2). */
export const SECTOR_BYTES = 2048;
/** Sectors 0 to 15 belong to the system: boot code, partition tables (ECMA-119 6.2.1). */
export const SYSTEM_AREA_SECTORS = 16;

/** ECMA-119 8: a volume descriptor fills one sector. */
export const DESCRIPTOR = {
  type: 0,
  identifier: 1,
  version: 6,
  systemId: [8, 32],
  volumeId: [40, 32],
  volumeSpaceSize: 80,
  escapeSequences: 88,
  escapeSequencesEnd: 120,
  logicalBlockSize: 128,
  rootRecord: 156,
  volumeSetId: [190, 128],
  publisherId: [318, 128],
  preparerId: [446, 128],
  applicationId: [574, 128],
  createdAt: 813,
  modifiedAt: 830,
  expiresAt: 847,
  effectiveAt: 864,
} as const;

/** El Torito: where a boot record names its boot catalog (sector number, little-endian). */
export const BOOT_RECORD = { systemId: [7, 32], catalogSector: 71 } as const;
export const EL_TORITO_SYSTEM_ID = "EL TORITO SPECIFICATION";

export const DESCRIPTOR_TYPE = { boot: 0, primary: 1, supplementary: 2, terminator: 255 } as const;
/** ECMA-119 8.5.2: a supplementary descriptor of this version is an enhanced one. */
export const ENHANCED_VERSION = 2;
/** The escape sequence `%/` and the level's letter mark a supplementary descriptor as Joliet. */
export const JOLIET_ESCAPE = [0x25, 0x2f] as const;
export const JOLIET_LEVELS: ReadonlyMap<number, 1 | 2 | 3> = new Map([
  [0x40, 1],
  [0x43, 2],
  [0x45, 3],
]);

/** ECMA-119 9.1: a directory record. Numbers of 32 bits stand little-endian, then big-endian. */
export const RECORD = {
  length: 0,
  extendedAttributeBlocks: 1,
  extent: 2,
  dataLength: 10,
  recordedAt: 18,
  flags: 25,
  fileUnitBlocks: 26,
  gapBlocks: 27,
  nameLength: 32,
  name: 33,
  minimumLength: 34,
} as const;

export const RECORD_FLAG = {
  hidden: 0x01,
  directory: 0x02,
  associated: 0x04,
  multiExtent: 0x80,
} as const;

/** SUSP and RRIP entries by their two letters, as one big-endian number. */
export const SUSP = {
  CE: 0x4345,
  CL: 0x434c,
  ER: 0x4552,
  NM: 0x4e4d,
  PX: 0x5058,
  RE: 0x5245,
  RR: 0x5252,
  SL: 0x534c,
  SP: 0x5350,
  ST: 0x5354,
  TF: 0x5446,
  ZF: 0x5a46,
} as const;

export const ENTRY = { length: 2, version: 3, minimumLength: 4 } as const;
export const CE = { block: 4, offset: 12, size: 20, length: 28 } as const;
export const CL = { block: 4, length: 12 } as const;
export const ER = { idLength: 4, id: 8 } as const;
/** What ER calls Rock Ridge, in its drafts and as IEEE 1282. */
export const ROCK_RIDGE_IDS: readonly string[] = ["RRIP_1991A", "IEEE_P1282", "IEEE_1282"];
export const NM = { flags: 4, name: 5, continues: 0x01, current: 0x02, parent: 0x04 } as const;
export const PX = { mode: 4, links: 12, uid: 20, gid: 28, length: 36 } as const;
export const SL = { flags: 4, components: 5, continues: 0x01 } as const;
export const SL_COMPONENT = {
  flags: 0,
  length: 1,
  content: 2,
  continues: 0x01,
  current: 0x02,
  parent: 0x04,
  root: 0x08,
} as const;
export const SP = { check: 4, check0: 0xbe, check1: 0xef, skip: 6, length: 7 } as const;
/** In a CD-ROM XA image SP stands behind 14 bytes of XA attributes (SUSP 5.3). */
export const XA_BYTES = 14;
export const TF = {
  flags: 4,
  stamps: 5,
  longForm: 0x80,
  created: 0x01,
  modified: 0x02,
  accessed: 0x04,
  changed: 0x08,
  shortBytes: 7,
  longBytes: 17,
} as const;
export const ZF = {
  algorithm: 4,
  headerQuarter: 6,
  blockLog2: 7,
  size: 8,
  length: 16,
} as const;

/** POSIX file types in the mode of PX. */
export const MODE = {
  typeMask: 0o170000,
  socket: 0o140000,
  symlink: 0o120000,
  blockDevice: 0o060000,
  characterDevice: 0o020000,
  fifo: 0o010000,
  permissions: 0o7777,
} as const;

/** The head of a file compressed by zisofs; version 2 has 64-bit numbers. */
export const ZISOFS = {
  magic1: [0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07],
  magic2: [0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0],
  v1: { size: 8, headerQuarter: 12, blockLog2: 13, headerBytes: 16 },
  v2: { headerQuarter: 9, algorithm: 10, blockLog2: 11, size: 12, headerBytes: 24 },
  zlib: 1,
  minimumBlockLog2: 12,
  maximumBlockLog2: 20,
} as const;

/** ECMA-167 2/9 and High Sierra: what else may stand where ISO 9660 puts its descriptors. */
export const OTHER_IDENTIFIER = { highSierraAt: 9, highSierra: "CDROM", cdi: "CD-I " } as const;
export const UDF_IDENTIFIERS: readonly string[] = ["BEA01", "NSR02", "NSR03", "TEA01"];
export const ISO_IDENTIFIER = "CD001";

/** Partition tables that a hybrid image carries in its system area. */
export const HYBRID = {
  mbrSignature: 510,
  mbr: [0x55, 0xaa],
  gptHeader: 512,
  gpt: "EFI PART",
  applePartitionMap: [0x45, 0x52],
} as const;

/** CD sectors with sync bytes and error correction (a `.bin` of a `.cue`), not a plain image. */
export const RAW_SECTOR = { bytes: 2352, mode1Data: 16, mode2Data: 24 } as const;
export const RAW_SYNC: readonly number[] = [0, ...Array.from({ length: 10 }, () => 255), 0];

/** A byte; beyond the end it reads as 0, so that no parser can run out of its buffer. */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Little-endian, 32 bits, unsigned: the half of a both-endian number that every reader trusts. */
export function u32le(bytes: Uint8Array, at: number): number {
  return (
    (u8(bytes, at) |
      (u8(bytes, at + 1) << 8) |
      (u8(bytes, at + 2) << 16) |
      (u8(bytes, at + 3) << 24)) >>>
    0
  );
}

/** Little-endian, 16 bits. */
export function u16le(bytes: Uint8Array, at: number): number {
  return u8(bytes, at) | (u8(bytes, at + 1) << 8);
}

/** Little-endian, 64 bits; beyond 2^53 it is rounded, which is far beyond any image. */
export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at) + u32le(bytes, at + 4) * 2 ** 32;
}

/** `length` bytes from `at` as ASCII (each byte one character). */
export function ascii(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
    at,
    at + length,
  );
}

/** Do these bytes stand at `at`? */
export function startsWith(bytes: Uint8Array, expected: readonly number[], at = 0): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}
