/** A part of the image in memory, shared by all that is read of it. */
export interface Page {
  /** Where it begins in the image. */
  readonly startByte: number;
  readonly bytes: Buffer;
  /** Over the same bytes. */
  readonly view: DataView;
}

/** @param startByte where the bytes lie in the image */
export function createPage(startByte: number, bytes: Buffer): Page {
  return { startByte, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/**
 * A part of a page as Latin-1 text, one character a byte. Names are cut out of it, which is many times
 * cheaper than decoding each, and entries that are kept are decoded from it when somebody asks: they
 * keep their own directory's bytes that way, but no page.
 */
export class Window {
  readonly text: string;
  #view: DataView | undefined;

  /** @param start offset within the page, `end` likewise */
  constructor(page: Page, start: number, end: number) {
    this.text = page.bytes.toString("latin1", start, end);
  }

  /** The same bytes for reading numbers, made when first needed. */
  get view(): DataView {
    if (this.#view === undefined) {
      const bytes = Buffer.from(this.text, "latin1");
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }
}
