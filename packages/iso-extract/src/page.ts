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
