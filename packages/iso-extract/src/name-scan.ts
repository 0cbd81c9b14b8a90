import { ENTRY, NM, SUSP } from "./layout.js";

/** The area holds what only a full reading can judge. */
export const NEEDS_FULL_READING: number = -1;

/**
 * Looks through a Rock Ridge area for the name alone. Nearly every record of a listing is a plain file
 * or directory with a name in one part: that is all most callers ask of it, and this is the innermost
 * loop of every listing.
 *
 * @returns offset of the name within the view times 256, plus its length; 0 when there is no name;
 * {@link NEEDS_FULL_READING} when the area continues, is a link, was relocated, or has its name in parts
 */
export function scanForName(view: DataView, start: number, end: number): number {
  let found = 0;
  let at = start;
  while (at + ENTRY.minimumLength <= end) {
    const length = view.getUint8(at + ENTRY.length);
    if (length < ENTRY.minimumLength || at + length > end) break;
    switch (view.getUint16(at)) {
      case SUSP.NM:
        if (found !== 0 || length < NM.name || view.getUint8(at + NM.flags) !== 0) {
          return NEEDS_FULL_READING;
        }
        found = (at + NM.name) * 256 + length - NM.name;
        break;
      case SUSP.CE:
      case SUSP.CL:
      case SUSP.RE:
      case SUSP.SL:
        return NEEDS_FULL_READING;
      case SUSP.ST:
        return found;
      default:
        break;
    }
    at += length;
  }
  return found;
}
