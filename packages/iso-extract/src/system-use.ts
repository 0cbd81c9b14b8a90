import { MAXIMUM_LINK_BYTES } from "./defaults.js";
import {
  CE,
  CL,
  ENTRY,
  ER,
  NM,
  PX,
  ROCK_RIDGE_IDS,
  SL,
  SL_COMPONENT,
  SUSP,
  TF,
  ZF,
  ascii,
  halvesAgree,
  u32le,
  u64le,
  u8,
} from "./layout.js";
import { decodeName } from "./names.js";
import { NO_TIME, packTime, stampBytes, type PackedTime } from "./timestamps.js";

/**
 * What the System Use area of one directory record says (SUSP, Rock Ridge, zisofs). One object is
 * reset and filled for each record: this is the innermost loop of every listing.
 */
export class SystemUse {
  /** -1: no PX. */
  mode = -1;
  links = -1;
  uid = -1;
  gid = -1;
  /** Block of the directory that CL points to, or -1. */
  childBlock = -1;
  /** RE: this directory is shown elsewhere. */
  relocated = false;
  readonly modified: PackedTime = { ...NO_TIME };
  readonly created: PackedTime = { ...NO_TIME };
  readonly accessed: PackedTime = { ...NO_TIME };
  readonly changed: PackedTime = { ...NO_TIME };
  /** Uncompressed size by ZF, or -1. */
  zisofsSize = -1;
  /** ER names Rock Ridge, or there is an RR of its first drafts. */
  rockRidge = false;
  /** The continuation area to read next; `ceSize` 0 when there is none. */
  ceBlock = 0;
  ceOffset = 0;
  ceSize = 0;
  /** A both-endian number had two different halves. */
  halvesDiffer = false;
  /** What is wrong beyond repair, for the error message. */
  fault: string | undefined;

  #nameBytes: Buffer | undefined;
  #nameStart = 0;
  #nameEnd = 0;
  #linkParts: string[] | undefined;
  #linkBytes = 0;
  #linkJoin = false;

  reset(): void {
    this.mode = -1;
    this.links = -1;
    this.uid = -1;
    this.gid = -1;
    this.childBlock = -1;
    this.relocated = false;
    this.modified.day = 0;
    this.created.day = 0;
    this.accessed.day = 0;
    this.changed.day = 0;
    this.zisofsSize = -1;
    this.rockRidge = false;
    this.ceSize = 0;
    this.halvesDiffer = false;
    this.fault = undefined;
    this.#nameBytes = undefined;
    this.#linkParts = undefined;
    this.#linkBytes = 0;
    this.#linkJoin = false;
  }

  /** The name by NM, or undefined when there is none. */
  get name(): string | undefined {
    if (this.#nameBytes === undefined) return undefined;
    return decodeName(this.#nameBytes, this.#nameStart, this.#nameEnd);
  }

  /** The target by SL, or undefined when there is none. */
  get linkTarget(): string | undefined {
    return this.#linkParts?.join("");
  }

  /**
   * Reads one area. An entry that does not fit ends it, as in Linux: other systems leave bytes of
   * their own behind the last entry.
   *
   * @param allTimes also decodes the times that listings leave out
   */
  parse(bytes: Buffer, start: number, end: number, allTimes: boolean): void {
    this.ceSize = 0;
    let at = start;
    while (at + ENTRY.minimumLength <= end) {
      const length = u8(bytes, at + ENTRY.length);
      if (length < ENTRY.minimumLength || at + length > end) return;
      switch ((u8(bytes, at) << 8) | u8(bytes, at + 1)) {
        case SUSP.NM:
          this.#addName(bytes, at, at + length);
          break;
        case SUSP.PX:
          if (length >= PX.length) this.#readAttributes(bytes, at);
          break;
        case SUSP.TF:
          this.#readTimes(bytes, at, at + length, allTimes);
          break;
        case SUSP.SL:
          this.#addLink(bytes, at, at + length);
          break;
        case SUSP.CE:
          if (length >= CE.length) {
            this.ceBlock = this.#number(bytes, at + CE.block);
            this.ceOffset = this.#number(bytes, at + CE.offset);
            this.ceSize = this.#number(bytes, at + CE.size);
          }
          break;
        case SUSP.CL:
          if (length >= CL.length) this.childBlock = this.#number(bytes, at + CL.block);
          break;
        case SUSP.RE:
          this.relocated = true;
          break;
        case SUSP.ZF:
          if (length >= ZF.length) this.#readCompression(bytes, at);
          break;
        case SUSP.ER:
          if (ROCK_RIDGE_IDS.includes(ascii(bytes, at + ER.id, u8(bytes, at + ER.idLength)))) {
            this.rockRidge = true;
          }
          break;
        case SUSP.RR:
          this.rockRidge = true;
          break;
        case SUSP.ST:
          return;
        default:
          break;
      }
      at += length;
    }
  }

  #number(bytes: Buffer, at: number): number {
    if (!halvesAgree(bytes, at)) this.halvesDiffer = true;
    return u32le(bytes, at);
  }

  #readAttributes(bytes: Buffer, at: number): void {
    this.mode = this.#number(bytes, at + PX.mode);
    this.links = this.#number(bytes, at + PX.links);
    this.uid = this.#number(bytes, at + PX.uid);
    this.gid = this.#number(bytes, at + PX.gid);
  }

  #readTimes(bytes: Buffer, at: number, end: number, all: boolean): void {
    const flags = u8(bytes, at + TF.flags);
    const size = stampBytes(flags);
    const long = size === TF.longBytes;
    let stamp = at + TF.stamps;
    if ((flags & TF.created) !== 0) {
      if (all && stamp + size <= end) packTime(bytes, stamp, long, this.created);
      stamp += size;
    }
    if ((flags & TF.modified) !== 0) {
      if (stamp + size <= end) packTime(bytes, stamp, long, this.modified);
      stamp += size;
    }
    if (!all) return;
    if ((flags & TF.accessed) !== 0) {
      if (stamp + size <= end) packTime(bytes, stamp, long, this.accessed);
      stamp += size;
    }
    if ((flags & TF.changed) !== 0 && stamp + size <= end) {
      packTime(bytes, stamp, long, this.changed);
    }
  }

  #addName(bytes: Buffer, at: number, end: number): void {
    const flags = u8(bytes, at + NM.flags);
    if ((flags & (NM.current | NM.parent)) !== 0) return;
    const start = at + NM.name;
    if (start > end) return;
    if (this.#nameBytes === undefined) {
      this.#nameBytes = bytes;
      this.#nameStart = start;
      this.#nameEnd = end;
      return;
    }
    // A name in parts: a character may be split between two of them, so bytes are joined, not text.
    const before = this.#nameBytes.subarray(this.#nameStart, this.#nameEnd);
    this.#nameBytes = Buffer.concat([before, bytes.subarray(start, end)]);
    this.#nameStart = 0;
    this.#nameEnd = this.#nameBytes.length;
  }

  #addLink(bytes: Buffer, at: number, end: number): void {
    const parts = (this.#linkParts ??= []);
    let component = at + SL.components;
    while (component + SL_COMPONENT.content <= end) {
      const flags = u8(bytes, component + SL_COMPONENT.flags);
      const start = component + SL_COMPONENT.content;
      const next = start + u8(bytes, component + SL_COMPONENT.length);
      if (next > end) {
        this.fault = "a component of a symbolic link is longer than its entry";
        return;
      }
      if (this.#linkJoin) parts.push("/");
      this.#linkJoin = true;
      if ((flags & SL_COMPONENT.root) !== 0) {
        parts.push("/");
        this.#linkJoin = false;
      } else if ((flags & SL_COMPONENT.current) !== 0) parts.push(".");
      else if ((flags & SL_COMPONENT.parent) !== 0) parts.push("..");
      else parts.push(decodeName(bytes, start, next));
      if ((flags & SL_COMPONENT.continues) !== 0) this.#linkJoin = false;
      this.#linkBytes += next - component;
      if (this.#linkBytes > MAXIMUM_LINK_BYTES) {
        this.fault = `a symbolic link is longer than ${MAXIMUM_LINK_BYTES} bytes`;
        return;
      }
      component = next;
    }
  }

  #readCompression(bytes: Buffer, at: number): void {
    // Version 2 of the entry gives its room to one number of 64 bits.
    const version = u8(bytes, at + ENTRY.version);
    this.zisofsSize = version >= 2 ? u64le(bytes, at + ZF.size) : this.#number(bytes, at + ZF.size);
  }
}
