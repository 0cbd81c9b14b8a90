import { MAXIMUM_LINK_BYTES, MAXIMUM_NAME_BYTES } from "./defaults.js";
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
} from "./layout.js";
import { decodeName } from "./names.js";
import type { Window } from "./window.js";
import { readLongTime, readShortTime } from "./timestamps.js";

/** What the System Use area of one directory record says (SUSP, Rock Ridge, zisofs). */
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
  createdAt: Date | undefined;
  modifiedAt: Date | undefined;
  accessedAt: Date | undefined;
  /** Last change of the attributes. */
  changedAt: Date | undefined;
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

  #name: string | undefined;
  #link: string | undefined;
  /** A `/` is due before the next component of the link. */
  #linkJoins = false;

  /** The name by NM, or undefined when there is none. */
  get name(): string | undefined {
    return this.#name === undefined ? undefined : decodeName(this.#name);
  }

  /** The target by SL, or undefined when there is none. */
  get linkTarget(): string | undefined {
    return this.#link === undefined ? undefined : decodeName(this.#link);
  }

  /**
   * Reads one area, `start` to `end` within the window. An entry that does not fit ends it, as
   * in Linux: other systems leave bytes of their own behind the last entry.
   */
  parse(window: Window, start: number, end: number): void {
    const { view } = window;
    this.ceSize = 0;
    let at = start;
    while (at + ENTRY.minimumLength <= end) {
      const length = view.getUint8(at + ENTRY.length);
      if (length < ENTRY.minimumLength || at + length > end) return;
      switch (view.getUint16(at)) {
        case SUSP.PX:
          if (length >= PX.length) this.#readAttributes(view, at);
          break;
        case SUSP.TF:
          if (length >= TF.stamps) this.#readTimes(view, at, at + length);
          break;
        case SUSP.NM:
          if (length >= NM.name) this.#addName(window, at, at + length);
          break;
        case SUSP.SL:
          if (length >= SL.components) this.#addLink(window, at, at + length);
          break;
        case SUSP.CE:
          if (length >= CE.length) {
            this.ceBlock = this.#number(view, at + CE.block);
            this.ceOffset = this.#number(view, at + CE.offset);
            this.ceSize = this.#number(view, at + CE.size);
          }
          break;
        case SUSP.RE:
          this.relocated = true;
          break;
        case SUSP.CL:
          if (length >= CL.length) this.childBlock = this.#number(view, at + CL.block);
          break;
        case SUSP.ZF:
          if (length >= ZF.length) this.#readCompression(view, at);
          break;
        case SUSP.ER:
          if (length >= ER.id) this.#readExtension(window, at, at + length);
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

  /** A both-endian number: the little-endian half counts, as in Linux. */
  #number(view: DataView, at: number): number {
    const value = view.getUint32(at, true);
    if (value !== view.getUint32(at + 4)) this.halvesDiffer = true;
    return value;
  }

  #readAttributes(view: DataView, at: number): void {
    this.mode = this.#number(view, at + PX.mode);
    this.links = this.#number(view, at + PX.links);
    this.uid = this.#number(view, at + PX.uid);
    this.gid = this.#number(view, at + PX.gid);
  }

  /** The stamps stand in the order of their flags, created first. */
  #readTimes(view: DataView, at: number, end: number): void {
    const flags = view.getUint8(at + TF.flags);
    const long = (flags & TF.longForm) !== 0;
    const size = long ? TF.longBytes : TF.shortBytes;
    let stamp = at + TF.stamps;
    for (const flag of [TF.created, TF.modified, TF.accessed, TF.changed]) {
      if ((flags & flag) === 0) continue;
      if (stamp + size > end) return;
      const time = long ? readLongTime(view, stamp) : readShortTime(view, stamp);
      if (flag === TF.created) this.createdAt = time;
      else if (flag === TF.modified) this.modifiedAt = time;
      else if (flag === TF.accessed) this.accessedAt = time;
      else this.changedAt = time;
      stamp += size;
    }
  }

  #addName(window: Window, at: number, end: number): void {
    const flags = window.view.getUint8(at + NM.flags);
    if ((flags & (NM.current | NM.parent)) !== 0) return;
    const part = window.text.slice(at + NM.name, end);
    // A character may be split between two parts: bytes are joined, and decoded afterwards.
    const name = this.#name === undefined ? part : this.#name + part;
    if (name.length > MAXIMUM_NAME_BYTES) {
      this.fault = `a name is longer than ${MAXIMUM_NAME_BYTES} bytes`;
      return;
    }
    this.#name = name;
  }

  #addLink(window: Window, at: number, end: number): void {
    const { view } = window;
    let link = this.#link ?? "";
    let component = at + SL.components;
    while (component + SL_COMPONENT.content <= end) {
      const flags = view.getUint8(component + SL_COMPONENT.flags);
      const start = component + SL_COMPONENT.content;
      const next = start + view.getUint8(component + SL_COMPONENT.length);
      if (next > end) {
        this.fault = "a component of a symbolic link is longer than its entry";
        return;
      }
      if (this.#linkJoins) link += "/";
      if ((flags & SL_COMPONENT.root) !== 0) link += "/";
      else if ((flags & SL_COMPONENT.current) !== 0) link += ".";
      else if ((flags & SL_COMPONENT.parent) !== 0) link += "..";
      else link += window.text.slice(start, next);
      this.#linkJoins = (flags & (SL_COMPONENT.root | SL_COMPONENT.continues)) === 0;
      if (link.length > MAXIMUM_LINK_BYTES) {
        this.fault = `a symbolic link is longer than ${MAXIMUM_LINK_BYTES} bytes`;
        return;
      }
      component = next;
    }
    this.#link = link;
  }

  #readCompression(view: DataView, at: number): void {
    // Version 2 of the entry gives its room to one number of 64 bits.
    this.zisofsSize =
      view.getUint8(at + ENTRY.version) >= 2
        ? view.getUint32(at + ZF.size, true) + view.getUint32(at + ZF.size + 4, true) * 2 ** 32
        : this.#number(view, at + ZF.size);
  }

  #readExtension(window: Window, at: number, end: number): void {
    const idEnd = at + ER.id + window.view.getUint8(at + ER.idLength);
    if (idEnd > end) return;
    if (ROCK_RIDGE_IDS.includes(window.text.slice(at + ER.id, idEnd))) this.rockRidge = true;
  }
}
