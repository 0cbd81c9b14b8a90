import { MODE, RECORD, RECORD_FLAG } from "./layout.js";
import type { Window } from "./window.js";
import { SystemUse } from "./system-use.js";
import { readShortTime } from "./timestamps.js";
import type { EntryType, Namespace } from "./types.js";

/** How the records of the tree in use are to be read. One object for each opened image. */
export interface TreeFormat {
  readonly namespace: Namespace;
  /** Bytes of each System Use area that belong to something else (SP). */
  readonly systemUseSkip: number;
}

/** One section of a file: blocks of the image, in one piece or interleaved with those of others. */
export interface Section {
  readonly block: number;
  readonly lengthBytes: number;
  /** Blocks in a row before a gap; `gapBlocks` 0 when the section is in one piece. */
  readonly unitBlocks: number;
  readonly gapBlocks: number;
}

/** All that one directory record says but its name. */
export interface RecordDetails extends Section {
  readonly type: EntryType;
  readonly hidden: boolean;
  readonly recordedAt: Date | undefined;
  /** Undefined in a tree without Rock Ridge. */
  readonly use: SystemUse | undefined;
  /** A both-endian number has two different halves. */
  readonly halvesDiffer: boolean;
}

/** Where the System Use area of the record at `at` begins: the name is padded to an even length. */
export function systemUseStart(view: DataView, at: number, format: TreeFormat): number {
  const nameLength = view.getUint8(at + RECORD.nameLength);
  return at + RECORD.name + nameLength + ((nameLength & 1) ^ 1) + format.systemUseSkip;
}

/** Reads the System Use area within the record; it may continue elsewhere. */
export function readSystemUse(window: Window, at: number, format: TreeFormat): SystemUse {
  const use = new SystemUse();
  const { view } = window;
  use.parse(window, systemUseStart(view, at, format), at + view.getUint8(at));
  return use;
}

/**
 * Reads the record at `at`, whose lengths were checked before.
 *
 * @param use what its System Use area says, when that is known already
 */
export function readDetails(
  window: Window,
  at: number,
  format: TreeFormat,
  use: SystemUse | undefined = format.namespace === "rock-ridge"
    ? readSystemUse(window, at, format)
    : undefined,
): RecordDetails {
  const { view } = window;
  const flags = view.getUint8(at + RECORD.flags);
  const block = view.getUint32(at + RECORD.extent, true);
  const lengthBytes = view.getUint32(at + RECORD.dataLength, true);
  const unitBlocks = view.getUint8(at + RECORD.fileUnitBlocks);
  const directory = (flags & RECORD_FLAG.directory) !== 0;
  const relocated = use !== undefined && use.childBlock !== -1;
  return {
    type: typeOf(directory || relocated, use),
    hidden: (flags & RECORD_FLAG.hidden) !== 0,
    block: relocated ? use.childBlock : block + view.getUint8(at + RECORD.extendedAttributeBlocks),
    // The real length of a relocated directory stands in the "." record that CL points to.
    lengthBytes: relocated ? -1 : lengthBytes,
    unitBlocks,
    gapBlocks: unitBlocks === 0 ? 0 : view.getUint8(at + RECORD.gapBlocks),
    recordedAt: readShortTime(view, at + RECORD.recordedAt),
    use,
    halvesDiffer:
      use?.halvesDiffer === true ||
      block !== view.getUint32(at + RECORD.extent + 4) ||
      lengthBytes !== view.getUint32(at + RECORD.dataLength + 4),
  };
}

function typeOf(directory: boolean, use: SystemUse | undefined): EntryType {
  if (directory) return "directory";
  if (use === undefined) return "file";
  if (use.mode === -1) return use.linkTarget === undefined ? "file" : "symlink";
  switch (use.mode & MODE.typeMask) {
    case MODE.symlink:
      return "symlink";
    case MODE.blockDevice:
      return "block-device";
    case MODE.characterDevice:
      return "character-device";
    case MODE.fifo:
      return "fifo";
    case MODE.socket:
      return "socket";
    default:
      return "file";
  }
}
