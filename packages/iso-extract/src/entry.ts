import { MODE } from "./layout.js";
import type { SystemUse } from "./system-use.js";
import { toDate, type PackedTime } from "./timestamps.js";
import type { EntryType, IsoEntry, IsoStat } from "./types.js";

/** One section of a file: blocks of the image, in one piece or interleaved with those of others. */
export interface Section {
  readonly block: number;
  readonly lengthBytes: number;
  /** Blocks in a row before a gap; 0 when the section is in one piece. */
  readonly unitBlocks: number;
  readonly gapBlocks: number;
}

/** What marks entries as those of one opened image. */
export interface Owner {
  readonly name: string;
}

/** The place and kind of an entry, from its directory record. */
export interface RecordHeader {
  block: number;
  lengthBytes: number;
  directory: boolean;
  hidden: boolean;
  unitBlocks: number;
  gapBlocks: number;
  readonly recorded: PackedTime;
}

/** See {@link IsoEntry}. Times stay packed until somebody asks. */
export class Entry implements IsoEntry {
  readonly name: string;
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly linkCount: number | undefined;
  readonly linkTarget: string | undefined;
  readonly hidden: boolean;
  /** The name with its version number, where the tree has those. */
  readonly identifier: string;
  /** First block of the content or of the directory. */
  readonly block: number;
  /** Bytes of its extents; -1 while only the "." record of a relocated directory knows. */
  dataBytes: number;
  /** Set for a file of several sections or an interleaved one. */
  sections: Section[] | undefined;
  readonly #owner: Owner;
  readonly #zisofsSize: number;
  readonly #day: number;
  readonly #second: number;

  constructor(
    owner: Owner,
    path: string,
    name: string,
    identifier: string,
    record: RecordHeader,
    use: SystemUse | undefined,
  ) {
    this.#owner = owner;
    this.path = path;
    this.name = name;
    this.identifier = identifier;
    this.hidden = record.hidden;
    this.dataBytes = record.lengthBytes;
    this.block = record.block;
    this.sections = undefined;
    let time = record.recorded;
    if (use === undefined || use.mode === -1) {
      this.mode = undefined;
      this.uid = undefined;
      this.gid = undefined;
      this.linkCount = undefined;
    } else {
      this.mode = use.mode & MODE.permissions;
      this.uid = use.uid;
      this.gid = use.gid;
      this.linkCount = use.links;
    }
    if (use === undefined) {
      this.type = record.directory ? "directory" : "file";
      this.linkTarget = undefined;
      this.#zisofsSize = -1;
    } else {
      this.linkTarget = use.linkTarget;
      this.type = typeOf(record.directory, use, this.linkTarget);
      this.#zisofsSize = this.type === "file" ? use.zisofsSize : -1;
      if (use.childBlock !== -1) {
        // The real length stands in the "." record of the directory that CL points to.
        this.block = use.childBlock;
        this.dataBytes = -1;
      }
      if (use.modified.day !== 0) time = use.modified;
    }
    this.#day = time.day;
    this.#second = time.second;
    if (record.unitBlocks !== 0 || record.gapBlocks !== 0) {
      this.sections = [
        {
          block: record.block,
          lengthBytes: record.lengthBytes,
          unitBlocks: record.unitBlocks,
          gapBlocks: record.gapBlocks,
        },
      ];
    }
  }

  get sizeBytes(): number {
    if (this.type !== "file") return 0;
    return this.#zisofsSize === -1 ? this.dataBytes : this.#zisofsSize;
  }

  get storedBytes(): number {
    return Math.max(0, this.dataBytes);
  }

  get compression(): "none" | "zisofs" {
    return this.#zisofsSize === -1 ? "none" : "zisofs";
  }

  get modifiedAt(): Date | undefined {
    return toDate({ day: this.#day, second: this.#second });
  }

  /** Does this entry come from the image `owner`? */
  belongsTo(owner: Owner): boolean {
    return this.#owner === owner;
  }

  /** The public properties, those behind getters included. */
  toJSON(): IsoEntry {
    return {
      name: this.name,
      path: this.path,
      type: this.type,
      sizeBytes: this.sizeBytes,
      storedBytes: this.storedBytes,
      compression: this.compression,
      mode: this.mode,
      uid: this.uid,
      gid: this.gid,
      linkCount: this.linkCount,
      linkTarget: this.linkTarget,
      modifiedAt: this.modifiedAt,
      hidden: this.hidden,
    };
  }
}

/** See {@link IsoStat}. */
export class StatEntry extends Entry implements IsoStat {
  readonly createdAt: Date | undefined;
  readonly accessedAt: Date | undefined;
  readonly changedAt: Date | undefined;

  constructor(
    owner: Owner,
    path: string,
    name: string,
    identifier: string,
    record: RecordHeader,
    use: SystemUse | undefined,
  ) {
    super(owner, path, name, identifier, record, use);
    this.createdAt = use === undefined ? undefined : toDate(use.created);
    this.accessedAt = use === undefined ? undefined : toDate(use.accessed);
    this.changedAt = use === undefined ? undefined : toDate(use.changed);
  }

  override toJSON(): IsoStat {
    const { createdAt, accessedAt, changedAt } = this;
    return { ...super.toJSON(), createdAt, accessedAt, changedAt };
  }
}

function typeOf(directory: boolean, use: SystemUse, linkTarget: string | undefined): EntryType {
  if (directory || use.childBlock !== -1) return "directory";
  if (linkTarget !== undefined) return "symlink";
  if (use.mode === -1) return "file";
  switch (use.mode & MODE.typeMask) {
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
