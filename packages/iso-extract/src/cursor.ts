import { followContinuations } from "./continuations.js";
import { MAXIMUM_SECTIONS, WINDOW_BYTES } from "./defaults.js";
import { Entry, type EntrySource } from "./entry.js";
import { malformed, quote, truncated, unsafePath } from "./errors.js";
import type { Image } from "./image.js";
import { RECORD, RECORD_FLAG, SECTOR_BYTES } from "./layout.js";
import { NEEDS_FULL_READING, scanForName } from "./name-scan.js";
import {
  decodeJolietName,
  decodeName,
  isOrdinaryName,
  isUnsafeName,
  withoutVersion,
} from "./names.js";
import { readDetails, readSystemUse, type RecordDetails, type TreeFormat } from "./record.js";
import type { SystemUse } from "./system-use.js";
import { Window, type Page } from "./window.js";

// Constants of the module are quicker to get at than properties, also before the loop is compiled.
const { flags: FLAGS, name: NAME, nameLength: NAME_LENGTH } = RECORD;
const LAST_OF_SECTOR = SECTOR_BYTES - 1;
const NEEDS_FULL_READING_FLAGS = RECORD_FLAG.associated | RECORD_FLAG.multiExtent;

/** The part of the directory at work: records are checked in the page, entries keep the window. */
interface Part extends EntrySource {
  readonly page: Page;
  /** Offsets within the page. */
  readonly start: number;
  readonly end: number;
}

/** Goes through the records of one directory, as many at a time as one window holds. */
export class DirectoryCursor {
  readonly directory: Entry;
  /** Directories left out because they are shown elsewhere (RE). */
  relocatedCount = 0;
  readonly #image: Image;
  readonly #format: TreeFormat;
  readonly #prefix: string;
  readonly #anyName: boolean;
  #part: Part | undefined;
  /** The next record, within the image. */
  #position: number;
  #endByte: number;
  /** A file whose next section is to come. */
  #partial: Entry | undefined;
  #bytesRead = 0;
  #bytesContinued = 0;

  /**
   * @param anyName do not end with `ERR_ISO_UNSAFE_PATH` at a name like `../x`: for looking up, where
   * such a name matches nothing
   */
  constructor(image: Image, format: TreeFormat, directory: Entry, anyName: boolean = false) {
    this.#image = image;
    this.#format = format;
    this.#prefix = directory.path === "/" ? "/" : `${directory.path}/`;
    this.directory = directory;
    this.#anyName = anyName;
    this.#position = directory.block * image.blockBytes;
    // The first sector of a relocated directory says how long it is.
    const length = directory.dataBytes === -1 ? SECTOR_BYTES : directory.dataBytes;
    this.#endByte = this.#position + length;
  }

  /** The next entries; undefined at the end of the directory. Never an empty list. */
  async read(signal?: AbortSignal): Promise<Entry[] | undefined> {
    const entries: Entry[] = [];
    while (entries.length === 0) {
      const part = await this.#currentPart(signal);
      if (part === undefined) return undefined;
      const use = this.#readRecords(part, entries);
      if (use !== undefined) await this.#readContinued(part, use, entries, signal);
    }
    return entries;
  }

  /** Directory bytes read since this was last asked. */
  takeBytesRead(): number {
    const count = this.#bytesRead;
    this.#bytesRead = 0;
    return count;
  }

  /** Bytes of continuation areas read since this was last asked. */
  takeBytesContinued(): number {
    const count = this.#bytesContinued;
    this.#bytesContinued = 0;
    return count;
  }

  async #currentPart(signal: AbortSignal | undefined): Promise<Part | undefined> {
    const before = this.#part;
    const position = this.#position;
    if (before !== undefined && position < before.page.startByte + before.end) return before;
    this.#part = undefined;
    if (position >= this.#endByte) {
      if (this.#partial === undefined) return undefined;
      throw this.#fault(`the last section of ${quote(this.#partial.path)} is missing`);
    }
    const page = await this.#image.page(position, this.#where(), signal);
    const start = position - page.startByte;
    const rest = Math.min(this.#endByte - position, page.bytes.length - start);
    const end = start + Math.min(rest, WINDOW_BYTES - (position % SECTOR_BYTES));
    const window = new Window(page, start, end);
    this.#bytesRead += end - start;
    this.#part = {
      image: this.#image,
      format: this.#format,
      prefix: this.#prefix,
      window,
      page,
      start,
      end,
    };
    return this.#part;
  }

  /**
   * Makes entries of the records up to the end of the part. This loop is all that a listing of many
   * files spends its time in.
   *
   * @returns what the record at hand says so far, when it goes on in a continuation area
   */
  #readRecords(part: Part, entries: Entry[]): SystemUse | undefined {
    const { page, start, end, window } = part;
    const { bytes } = page;
    const { text } = window;
    const { systemUseSkip } = this.#format;
    const rockRidge = this.#format.namespace === "rock-ridge";
    let at = this.#position - page.startByte;
    while (at < end) {
      const length = bytes[at] as number;
      const sectorEnd = (at | LAST_OF_SECTOR) + 1;
      // The rest of a sector without room for the next record is zeros.
      if (length === 0) {
        at = sectorEnd;
        continue;
      }
      const next = at + length;
      const nameLength = next > end ? 0 : (bytes[at + NAME_LENGTH] as number);
      if (nameLength === 0 || next > sectorEnd || NAME + nameLength > length) {
        throw this.#recordFault(part, at, length, nameLength);
      }
      if (nameLength === 1 && (bytes[at + NAME] as number) <= 1) {
        this.#readSelf(page.view, at);
        at = next;
        continue;
      }
      // The name is padded to an even length.
      const area = at + NAME + (nameLength | 1) + systemUseSkip;
      const found = rockRidge ? scanForName(bytes, area, next) : 0;
      const flags = bytes[at + FLAGS] as number;
      if (
        found === NEEDS_FULL_READING ||
        (flags & NEEDS_FULL_READING_FLAGS) !== 0 ||
        this.#partial !== undefined
      ) {
        this.#position = page.startByte + next;
        const use = rockRidge ? readSystemUse(window, at - start, this.#format) : undefined;
        if (use !== undefined && use.ceSize > 0) {
          this.#position = page.startByte + at;
          return use;
        }
        this.#addEntry(part, at - start, use, entries);
      } else if (found === 0) {
        entries.push(this.#makeEntry(part, at - start, undefined, undefined));
      } else {
        const nameStart = (found >> 8) - start;
        const latin1 = text.slice(nameStart, nameStart + (found & 255));
        const name = isOrdinaryName(latin1) ? latin1 : this.#checkName(decodeName(latin1));
        entries.push(new Entry(part, at - start, name, name, undefined));
      }
      at = next;
    }
    this.#position = page.startByte + end;
    return undefined;
  }

  async #readContinued(
    part: Part,
    use: SystemUse,
    entries: Entry[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const where = `a record of ${this.#where()}`;
    this.#bytesContinued += await followContinuations(this.#image, use, where, signal);
    const at = this.#position - part.page.startByte;
    this.#position += part.page.view.getUint8(at);
    this.#addEntry(part, at - part.start, use, entries);
  }

  /** Adds what a record says that was read in full, unless it is not to be seen. */
  #addEntry(part: Part, at: number, use: SystemUse | undefined, entries: Entry[]): void {
    const { window } = part;
    const flags = window.view.getUint8(at + RECORD.flags);
    if ((flags & RECORD_FLAG.associated) !== 0) return;
    if (use?.relocated === true) {
      this.relocatedCount += 1;
      return;
    }
    if (use?.fault !== undefined) throw this.#fault(`${use.fault}, in ${this.#where()}`);
    const details = readDetails(window, at, this.#format, use);
    if (details.halvesDiffer) this.#image.noteDifferingHalves(this.directory.path);
    const entry = this.#makeEntry(part, at, use?.name, details);
    const last = (flags & RECORD_FLAG.multiExtent) === 0;
    if (this.#partial !== undefined) this.#addSection(this.#partial, entry, last, entries);
    else if (last || details.type === "directory") entries.push(entry);
    else this.#partial = entry;
  }

  #makeEntry(
    part: Part,
    at: number,
    posixName: string | undefined,
    details: RecordDetails | undefined,
  ): Entry {
    const identifier = posixName ?? this.#recordedName(part.window, at);
    const versionless = posixName !== undefined || this.#format.namespace === "enhanced";
    const name = this.#checkName(versionless ? identifier : withoutVersion(identifier));
    return new Entry(part, at, name, identifier, details);
  }

  #checkName(name: string): string {
    if (!this.#anyName && isUnsafeName(name)) {
      throw unsafePath(this.#image.name, `${this.#where()} holds an entry named ${quote(name)}`);
    }
    return name;
  }

  #recordedName({ text }: Window, at: number): string {
    const start = at + RECORD.name;
    const latin1 = text.slice(start, start + text.charCodeAt(at + RECORD.nameLength));
    return this.#format.namespace === "joliet" ? decodeJolietName(latin1) : decodeName(latin1);
  }

  #addSection(file: Entry, next: Entry, last: boolean, entries: Entry[]): void {
    if (next.identifier !== file.identifier || file.sections.length >= MAXIMUM_SECTIONS) {
      throw this.#fault(
        `the sections of ${quote(file.path)} are interrupted by ${quote(next.path)}, or more than ${MAXIMUM_SECTIONS}`,
      );
    }
    file.addSection(next.details);
    if (!last) return;
    this.#partial = undefined;
    entries.push(file);
  }

  /** "." tells the length of a relocated directory. */
  #readSelf(view: DataView, at: number): void {
    const { directory } = this;
    if (directory.dataBytes !== -1 || view.getUint8(at + RECORD.name) !== 0) return;
    directory.dataBytes = view.getUint32(at + RECORD.dataLength, true);
    this.#endByte = directory.block * this.#image.blockBytes + directory.dataBytes;
  }

  #recordFault(part: Part, at: number, length: number, nameLength: number): Error {
    const { name, sizeBytes } = this.#image;
    const { startByte } = part.page;
    const sectorEnd = startByte + (at | (SECTOR_BYTES - 1)) + 1;
    if (sectorEnd > sizeBytes) return truncated(name, this.#where(), sectorEnd, sizeBytes);
    return this.#fault(
      `${this.#where()} has, at byte ${startByte + at}, a record of ${length} bytes with a name of ${nameLength}`,
    );
  }

  #where(): string {
    return `the directory ${quote(this.directory.path)}`;
  }

  #fault(what: string): Error {
    return malformed(this.#image.name, what);
  }
}
