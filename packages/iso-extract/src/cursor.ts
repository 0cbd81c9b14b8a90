import { MAXIMUM_CONTINUATIONS, MAXIMUM_CONTINUATION_BYTES, MAXIMUM_SECTIONS } from "./defaults.js";
import { Entry, StatEntry, type Owner, type RecordHeader, type Section } from "./entry.js";
import { malformed, quote, truncated } from "./errors.js";
import type { Image, Page } from "./image.js";
import { RECORD, RECORD_FLAG, SECTOR_BYTES, halvesAgree, u32le, u8 } from "./layout.js";
import { decodeJolietName, decodeName, joinPath, withoutVersion } from "./names.js";
import { SystemUse } from "./system-use.js";
import { NO_TIME, packShortTime } from "./timestamps.js";
import type { Namespace } from "./types.js";

/** How the records of the tree in use are to be read. */
export interface TreeFormat extends Owner {
  readonly namespace: Namespace;
  /** Bytes of each System Use area that belong to something else (SP). */
  readonly systemUseSkip: number;
}

/**
 * Goes through the records of one directory. {@link DirectoryCursor.next} works only on what is in
 * memory, so that a listing costs no promise per entry; where it ends, {@link DirectoryCursor.advance}
 * reads on.
 */
export class DirectoryCursor {
  readonly directory: Entry;
  /** Directories left out because they are shown elsewhere (RE). */
  relocatedCount = 0;
  readonly #image: Image;
  readonly #format: TreeFormat;
  readonly #allTimes: boolean;
  readonly #use = new SystemUse();
  readonly #header: RecordHeader = {
    block: 0,
    lengthBytes: 0,
    directory: false,
    hidden: false,
    unitBlocks: 0,
    gapBlocks: 0,
    recorded: { ...NO_TIME },
  };
  #page: Page | undefined;
  /** Within the page. */
  #at = 0;
  #limit = 0;
  /** Within the image. */
  #position: number;
  #end: number;
  /** The record at `#at` goes on in a continuation area. */
  #parked = false;
  #ready: Entry | undefined;
  #bytesRead = 0;
  /** A file whose next section is to come. */
  #partial: Entry | undefined;

  constructor(image: Image, format: TreeFormat, directory: Entry, allTimes = false) {
    this.#image = image;
    this.#format = format;
    this.#allTimes = allTimes;
    this.directory = directory;
    this.#position = directory.block * image.blockBytes;
    this.#end = this.#position + directory.dataBytes;
    if (directory.dataBytes === -1) this.#end = this.#position + SECTOR_BYTES;
  }

  /** The next entry in memory; undefined when {@link DirectoryCursor.advance} has to be asked. */
  next(): Entry | undefined {
    if (this.#ready !== undefined) {
      const ready = this.#ready;
      this.#ready = undefined;
      return ready;
    }
    const page = this.#page;
    if (page === undefined || this.#parked) return undefined;
    const { bytes } = page;
    while (this.#at < this.#limit) {
      const at = this.#at;
      const length = u8(bytes, at);
      // Records do not straddle sectors: the rest of one is zeros.
      if (length === 0) {
        this.#at = Math.min((at | (SECTOR_BYTES - 1)) + 1, this.#limit);
        continue;
      }
      this.#readHeader(bytes, at, length);
      if (this.#parked) return undefined;
      this.#at = at + length;
      const entry = this.#finish(bytes, at);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Reads on. @returns false at the end of the directory */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const what = `the directory ${quote(this.directory.path)}`;
    if (this.#parked && this.#page !== undefined) {
      await this.#followContinuations(signal);
      this.#parked = false;
      const at = this.#at;
      const { bytes } = this.#page;
      this.#at = at + u8(bytes, at);
      this.#ready = this.#finish(bytes, at);
      return true;
    }
    if (this.#page !== undefined) this.#position = this.#page.startByte + this.#at;
    if (this.#position >= this.#end) {
      if (this.#partial !== undefined) {
        throw this.#fault(`the last section of ${quote(this.#partial.path)} is missing`);
      }
      return false;
    }
    const page = await this.#image.page(this.#position, what, signal);
    this.#page = page;
    this.#at = this.#position - page.startByte;
    const rest = this.#end - page.startByte;
    this.#limit = Math.min(rest, page.bytes.length);
    if (this.#limit <= this.#at) {
      throw truncated(this.#image.name, what, this.#end, this.#image.sizeBytes);
    }
    this.#bytesRead += this.#limit - this.#at;
    return true;
  }

  /** Directory bytes read since this was last asked. */
  takeBytesRead(): number {
    const count = this.#bytesRead;
    this.#bytesRead = 0;
    return count;
  }

  /** Lets go of the page while directories below are read; {@link DirectoryCursor.advance} gets it back. */
  release(): void {
    if (this.#page === undefined || this.#parked || this.#ready !== undefined) return;
    this.#position = this.#page.startByte + this.#at;
    this.#page = undefined;
  }

  #readHeader(bytes: Buffer, at: number, length: number): void {
    const nameLength = u8(bytes, at + RECORD.nameLength);
    const sectorEnd = (at | (SECTOR_BYTES - 1)) + 1;
    if (
      length < RECORD.minimumLength ||
      at + length > sectorEnd ||
      at + length > this.#limit ||
      nameLength === 0 ||
      RECORD.name + nameLength > length
    ) {
      if (at + length > bytes.length) {
        const end = (this.#page?.startByte ?? 0) + at + length;
        const what = `the directory ${quote(this.directory.path)}`;
        throw truncated(this.#image.name, what, end, this.#image.sizeBytes);
      }
      throw this.#fault(
        `the directory record at byte ${(this.#page?.startByte ?? 0) + at} is ${length} bytes long with a name of ${nameLength}, in ${quote(this.directory.path)}`,
      );
    }
    const header = this.#header;
    const flags = u8(bytes, at + RECORD.flags);
    header.block =
      u32le(bytes, at + RECORD.extent) + u8(bytes, at + RECORD.extendedAttributeBlocks);
    header.lengthBytes = u32le(bytes, at + RECORD.dataLength);
    header.directory = (flags & RECORD_FLAG.directory) !== 0;
    header.hidden = (flags & RECORD_FLAG.hidden) !== 0;
    header.unitBlocks = u8(bytes, at + RECORD.fileUnitBlocks);
    header.gapBlocks = u8(bytes, at + RECORD.gapBlocks);
    packShortTime(bytes, at + RECORD.recordedAt, header.recorded);
    if (!halvesAgree(bytes, at + RECORD.extent) || !halvesAgree(bytes, at + RECORD.dataLength)) {
      this.#image.noteDifferingHalves(this.directory.path);
    }
    if (this.#format.namespace !== "rock-ridge") return;
    const use = this.#use;
    use.reset();
    // The name is padded to an even length.
    const start = at + RECORD.name + nameLength + ((nameLength & 1) ^ 1);
    use.parse(bytes, start + this.#format.systemUseSkip, at + length, this.#allTimes);
    // "." and ".." say nothing that is needed.
    if (use.ceSize > 0 && !isSelfOrParent(bytes, at)) this.#parked = true;
  }

  async #followContinuations(signal: AbortSignal | undefined): Promise<void> {
    const use = this.#use;
    let total = 0;
    for (let count = 0; use.ceSize > 0; count += 1) {
      total += use.ceSize;
      if (count >= MAXIMUM_CONTINUATIONS || total > MAXIMUM_CONTINUATION_BYTES) {
        throw this.#fault(
          `a directory record in ${quote(this.directory.path)} continues in more than ${MAXIMUM_CONTINUATIONS} areas or ${MAXIMUM_CONTINUATION_BYTES} bytes`,
        );
      }
      await readContinuation(this.#image, use, this.#allTimes, signal);
    }
  }

  /** Makes the entry of the record at `at`; undefined for one that is not to be seen. */
  #finish(bytes: Buffer, at: number): Entry | undefined {
    const use = this.#format.namespace === "rock-ridge" ? this.#use : undefined;
    if (isSelfOrParent(bytes, at)) {
      this.#readSelf(bytes, at);
      return undefined;
    }
    if (use?.halvesDiffer === true) this.#image.noteDifferingHalves(this.directory.path);
    if (use?.fault !== undefined) {
      throw this.#fault(`${use.fault}, in ${quote(this.directory.path)}`);
    }
    const flags = u8(bytes, at + RECORD.flags);
    if ((flags & RECORD_FLAG.associated) !== 0) return undefined;
    if (use?.relocated === true) {
      this.relocatedCount += 1;
      return undefined;
    }
    const nameStart = at + RECORD.name;
    const nameEnd = nameStart + u8(bytes, at + RECORD.nameLength);
    const posixName = use?.name;
    const identifier = posixName ?? this.#decode(bytes, nameStart, nameEnd);
    const last = (flags & RECORD_FLAG.multiExtent) === 0;
    if (this.#partial !== undefined) return this.#addSection(this.#partial, identifier, last);
    const name =
      posixName !== undefined || this.#format.namespace === "enhanced"
        ? identifier
        : withoutVersion(identifier);
    const path = joinPath(this.directory.path, name);
    const Kind = this.#allTimes ? StatEntry : Entry;
    const entry = new Kind(this.#format, path, name, identifier, this.#header, use);
    if (last || entry.type === "directory") return entry;
    entry.sections ??= [sectionOf(this.#header)];
    this.#partial = entry;
    return undefined;
  }

  /** "." tells the length of a relocated directory. */
  #readSelf(bytes: Buffer, at: number): void {
    if (this.directory.dataBytes !== -1 || u8(bytes, at + RECORD.name) !== 0) return;
    const start = this.directory.block * this.#image.blockBytes;
    this.directory.dataBytes = this.#header.lengthBytes;
    this.#end = start + this.#header.lengthBytes;
    const page = this.#page;
    if (page !== undefined) this.#limit = Math.min(this.#end - page.startByte, page.bytes.length);
  }

  #decode(bytes: Buffer, start: number, end: number): string {
    return this.#format.namespace === "joliet"
      ? decodeJolietName(bytes, start, end)
      : decodeName(bytes, start, end);
  }

  #addSection(file: Entry, identifier: string, last: boolean): Entry | undefined {
    const sections = file.sections ?? [];
    if (identifier !== file.identifier || sections.length >= MAXIMUM_SECTIONS) {
      throw this.#fault(
        `the sections of ${quote(file.path)} are interrupted by ${quote(identifier)}, or more than ${MAXIMUM_SECTIONS}`,
      );
    }
    sections.push(sectionOf(this.#header));
    file.dataBytes += this.#header.lengthBytes;
    if (!last) return undefined;
    this.#partial = undefined;
    return file;
  }

  #fault(what: string): Error {
    return malformed(this.#image.name, what);
  }
}

/** Reads the continuation area that `use` names, which may name the next one. */
export async function readContinuation(
  image: Image,
  use: SystemUse,
  allTimes: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = "a continuation area";
  const position = use.ceBlock * image.blockBytes + use.ceOffset;
  const size = use.ceSize;
  const page = await image.page(position, what, signal);
  const at = position - page.startByte;
  if (at + size <= page.bytes.length) {
    use.parse(page.bytes, at, at + size, allTimes);
    return;
  }
  const area = Buffer.allocUnsafe(size);
  await image.read(area, position, what, signal);
  use.parse(area, 0, size, allTimes);
}

function isSelfOrParent(bytes: Buffer, at: number): boolean {
  return u8(bytes, at + RECORD.nameLength) === 1 && u8(bytes, at + RECORD.name) <= 1;
}

function sectionOf(header: RecordHeader): Section {
  const { block, lengthBytes, unitBlocks, gapBlocks } = header;
  return { block, lengthBytes, unitBlocks, gapBlocks };
}
