import type { Page } from "./page.js";

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
