import type { Image } from "./image.js";
import { MODE, RECORD, RECORD_FLAG } from "./layout.js";
import { readDetails, type RecordDetails, type Section, type TreeFormat } from "./record.js";
import type { EntryType, IsoEntry } from "./types.js";
import type { Window } from "./window.js";

/** What the entries of one window have in common. */
export interface EntrySource {
  readonly image: Image;
  readonly format: TreeFormat;
  /** Path of the directory with a `/` behind it. */
  readonly prefix: string;
  readonly window: Window;
}

/**
 * See {@link IsoEntry}. All but the name is decoded when somebody asks: most entries of a listing are
 * only looked at by their name.
 */
export class Entry implements IsoEntry {
  readonly name: string;
  /** The name as recorded, with its version number where the tree has those. */
  readonly identifier: string;
  readonly #source: EntrySource;
  /** Of the record within the window. */
  readonly #at: number;
  #details: RecordDetails | undefined;
  /** What other records said: of the next sections, or of a relocated directory. */
  #beyond: { sections: Section[]; bytes: number } | undefined;

  /** @param details when they are known already */
  constructor(
    source: EntrySource,
    at: number,
    name: string,
    identifier: string,
    details: RecordDetails | undefined,
  ) {
    this.name = name;
    this.identifier = identifier;
    this.#source = source;
    this.#at = at;
    this.#details = details;
    this.#beyond = undefined;
  }

  get path(): string {
    return this.#source.prefix + this.name;
  }

  get type(): EntryType {
    return this.isDirectory ? "directory" : this.details.type;
  }

  /** Is it a directory? The one question that a walk asks of every entry. */
  get isDirectory(): boolean {
    if (this.#details !== undefined) return this.#details.type === "directory";
    const flags = this.#source.window.text.charCodeAt(this.#at + RECORD.flags);
    return (flags & RECORD_FLAG.directory) !== 0;
  }

  get details(): RecordDetails {
    if (this.#details === undefined) {
      const { image, format, window } = this.#source;
      this.#details = readDetails(window, this.#at, format);
      if (this.#details.halvesDiffer) image.noteDifferingHalves(this.path);
    }
    return this.#details;
  }

  /** First block of the content or of the directory. */
  get block(): number {
    return this.details.block;
  }

  /** Bytes of its extents; -1 while only the "." record of a relocated directory knows. */
  get dataBytes(): number {
    return this.#beyond?.bytes ?? this.details.lengthBytes;
  }

  /** What "." said of a relocated directory. */
  set dataBytes(bytes: number) {
    this.#beyond = { sections: [this.details], bytes };
  }

  /** Where the content lies, in order. */
  get sections(): readonly Section[] {
    return this.#beyond?.sections ?? [this.details];
  }

  /** The next section of a file of several. */
  addSection(section: Section): void {
    this.#beyond ??= { sections: [this.details], bytes: this.dataBytes };
    this.#beyond.sections.push(section);
    this.#beyond.bytes += section.lengthBytes;
  }

  get sizeBytes(): number {
    if (this.type !== "file") return 0;
    return this.compression === "none" ? this.dataBytes : (this.details.use?.zisofsSize ?? 0);
  }

  get storedBytes(): number {
    return this.type === "file" ? this.dataBytes : 0;
  }

  get compression(): "none" | "zisofs" {
    const { type, use } = this.details;
    return type === "file" && use !== undefined && use.zisofsSize !== -1 ? "zisofs" : "none";
  }

  get mode(): number | undefined {
    const { use } = this.details;
    return use === undefined || use.mode === -1 ? undefined : use.mode & MODE.permissions;
  }

  get uid(): number | undefined {
    return this.mode === undefined ? undefined : this.details.use?.uid;
  }

  get gid(): number | undefined {
    return this.mode === undefined ? undefined : this.details.use?.gid;
  }

  get linkCount(): number | undefined {
    return this.mode === undefined ? undefined : this.details.use?.links;
  }

  get linkTarget(): string | undefined {
    return this.type === "symlink" ? (this.details.use?.linkTarget ?? "") : undefined;
  }

  get modifiedAt(): Date | undefined {
    return this.details.use?.modifiedAt ?? this.details.recordedAt;
  }

  get createdAt(): Date | undefined {
    return this.details.use?.createdAt;
  }

  get accessedAt(): Date | undefined {
    return this.details.use?.accessedAt;
  }

  get changedAt(): Date | undefined {
    return this.details.use?.changedAt;
  }

  get hidden(): boolean {
    return this.details.hidden;
  }

  /** Does it come from this image, by this tree? */
  belongsTo(format: TreeFormat): boolean {
    return this.#source.format === format;
  }

  /** The public properties as they are, without getters. */
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
      createdAt: this.createdAt,
      accessedAt: this.accessedAt,
      changedAt: this.changedAt,
      hidden: this.hidden,
    };
  }
}
