import { ZISOFS, startsWith, u32le, u64le, u8 } from "./layout.js";

/** The head of a file compressed by zisofs. */
export interface ZisofsHeader {
  readonly version: 1 | 2;
  /** 1 is zlib, the only one that is in use. */
  readonly algorithm: number;
  readonly sizeBytes: number;
  readonly blockBytes: number;
  /** Where the block pointers begin. */
  readonly headerBytes: number;
  /** Bytes of one block pointer. */
  readonly pointerBytes: 4 | 8;
}

/** @returns the header, or what is wrong with it */
export function parseZisofsHeader(head: Uint8Array): ZisofsHeader | string {
  if (startsWith(head, ZISOFS.magic1)) {
    const { size, headerQuarter, blockLog2, headerBytes } = ZISOFS.v1;
    return check({
      version: 1,
      algorithm: ZISOFS.zlib,
      sizeBytes: u32le(head, size),
      log2: u8(head, blockLog2),
      headerBytes: u8(head, headerQuarter) * 4,
      minimumBytes: headerBytes,
      pointerBytes: 4,
    });
  }
  if (startsWith(head, ZISOFS.magic2)) {
    const { algorithm, size, headerQuarter, blockLog2, headerBytes } = ZISOFS.v2;
    return check({
      version: 2,
      algorithm: u8(head, algorithm),
      sizeBytes: u64le(head, size),
      log2: u8(head, blockLog2),
      headerBytes: u8(head, headerQuarter) * 4,
      minimumBytes: headerBytes,
      pointerBytes: 8,
    });
  }
  return "its content does not begin as a zisofs file";
}

/** `count` block pointers from the start of `bytes`. */
export function readPointers(
  bytes: Uint8Array,
  count: number,
  pointerBytes: ZisofsHeader["pointerBytes"],
): number[] {
  const read = pointerBytes === 4 ? u32le : u64le;
  return Array.from({ length: count }, (_, index) => read(bytes, index * pointerBytes));
}

function check(raw: {
  version: 1 | 2;
  algorithm: number;
  sizeBytes: number;
  log2: number;
  headerBytes: number;
  minimumBytes: number;
  pointerBytes: 4 | 8;
}): ZisofsHeader | string {
  const { minimumBytes, log2, ...header } = raw;
  if (log2 < ZISOFS.minimumBlockLog2 || log2 > ZISOFS.maximumBlockLog2) {
    return `its zisofs blocks have 2^${log2} bytes`;
  }
  if (header.headerBytes < minimumBytes) return `its zisofs header has ${header.headerBytes} bytes`;
  return { ...header, blockBytes: 2 ** log2 };
}
