import {
  BOOT_RECORD,
  DESCRIPTOR,
  DESCRIPTOR_TYPE,
  EL_TORITO_SYSTEM_ID,
  ENHANCED_VERSION,
  HYBRID,
  JOLIET_ESCAPE,
  JOLIET_LEVELS,
  RECORD,
  SECTOR_BYTES,
  SYSTEM_AREA_SECTORS,
  ascii,
  startsWith,
  u16le,
  u32le,
  u8,
} from "./layout.js";
import { decodeJolietName, decodeName } from "./names.js";
import { readLongTime } from "./timestamps.js";

/** One primary or supplementary volume descriptor (ECMA-119 8.4 and 8.5). */
export interface TreeDescriptor {
  readonly kind: "primary" | "joliet" | "enhanced";
  readonly jolietLevel: 1 | 2 | 3 | undefined;
  readonly blockBytes: number;
  readonly volumeBlocks: number;
  readonly rootBlock: number;
  readonly rootBytes: number;
  readonly texts: {
    readonly label: string;
    readonly systemId: string;
    readonly volumeSetId: string;
    readonly publisherId: string;
    readonly preparerId: string;
    readonly applicationId: string;
  };
  readonly createdAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly effectiveAt: Date | undefined;
}

export type VolumeDescriptor =
  | { readonly type: "tree"; readonly tree: TreeDescriptor }
  | { readonly type: "boot"; readonly elTorito: boolean }
  | { readonly type: "terminator" }
  | { readonly type: "other" };

/** Reads the descriptor that fills this sector; its identifier, CD001, was checked before. */
export function parseVolumeDescriptor(sector: Buffer): VolumeDescriptor {
  switch (u8(sector, DESCRIPTOR.type)) {
    case DESCRIPTOR_TYPE.boot:
      return {
        type: "boot",
        elTorito: ascii(sector, ...BOOT_RECORD.systemId).startsWith(EL_TORITO_SYSTEM_ID),
      };
    case DESCRIPTOR_TYPE.primary:
      return { type: "tree", tree: parseTree(sector, "primary", undefined) };
    case DESCRIPTOR_TYPE.supplementary: {
      const level = jolietLevel(sector);
      if (level !== undefined) return { type: "tree", tree: parseTree(sector, "joliet", level) };
      if (u8(sector, DESCRIPTOR.version) !== ENHANCED_VERSION) return { type: "other" };
      return { type: "tree", tree: parseTree(sector, "enhanced", undefined) };
    }
    case DESCRIPTOR_TYPE.terminator:
      return { type: "terminator" };
    default:
      return { type: "other" };
  }
}

/** Which partition tables the system area holds: those of a hybrid image. */
export function inspectSystemArea(area: Uint8Array): {
  mbr: boolean;
  gpt: boolean;
  applePartitionMap: boolean;
} {
  return {
    mbr: startsWith(area, HYBRID.mbr, HYBRID.mbrSignature),
    gpt: ascii(area, HYBRID.gptHeader, HYBRID.gpt.length) === HYBRID.gpt,
    applePartitionMap: startsWith(area, HYBRID.applePartitionMap),
  };
}

/** The five letters of each sector from the first descriptor's on. */
export function descriptorIdentifiers(head: Buffer): string[] {
  const found: string[] = [];
  for (let at = SYSTEM_AREA_SECTORS * SECTOR_BYTES; at + 6 <= head.length; at += SECTOR_BYTES) {
    found.push(ascii(head, at + 1, 5));
  }
  return found;
}

function jolietLevel(sector: Buffer): 1 | 2 | 3 | undefined {
  for (let at: number = DESCRIPTOR.escapeSequences; at < DESCRIPTOR.escapeSequencesEnd; at += 1) {
    if (!startsWith(sector, JOLIET_ESCAPE, at)) continue;
    const level = JOLIET_LEVELS.get(u8(sector, at + JOLIET_ESCAPE.length));
    if (level !== undefined) return level;
  }
  return undefined;
}

function parseTree(
  sector: Buffer,
  kind: TreeDescriptor["kind"],
  level: 1 | 2 | 3 | undefined,
): TreeDescriptor {
  const text = ([at, length]: readonly [number, number]): string => {
    const decode = kind === "joliet" ? decodeJolietName : decodeName;
    return decode(ascii(sector, at, length)).replace(/[\0 ]+$/, "");
  };
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  const root = DESCRIPTOR.rootRecord;
  const extendedAttributes = u8(sector, root + RECORD.extendedAttributeBlocks);
  return {
    kind,
    jolietLevel: level,
    blockBytes: u16le(sector, DESCRIPTOR.logicalBlockSize),
    volumeBlocks: u32le(sector, DESCRIPTOR.volumeSpaceSize),
    rootBlock: u32le(sector, root + RECORD.extent) + extendedAttributes,
    rootBytes: u32le(sector, root + RECORD.dataLength),
    texts: {
      label: text(DESCRIPTOR.volumeId),
      systemId: text(DESCRIPTOR.systemId),
      volumeSetId: text(DESCRIPTOR.volumeSetId),
      publisherId: text(DESCRIPTOR.publisherId),
      preparerId: text(DESCRIPTOR.preparerId),
      applicationId: text(DESCRIPTOR.applicationId),
    },
    createdAt: readLongTime(view, DESCRIPTOR.createdAt),
    modifiedAt: readLongTime(view, DESCRIPTOR.modifiedAt),
    expiresAt: readLongTime(view, DESCRIPTOR.expiresAt),
    effectiveAt: readLongTime(view, DESCRIPTOR.effectiveAt),
  };
}
