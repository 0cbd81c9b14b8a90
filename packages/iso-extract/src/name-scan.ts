import { ENTRY, NM, SUSP } from "./layout.js";

/** The area holds what only a full reading can judge. */
export const NEEDS_FULL_READING: number = -1;

// Constants of the module are quicker to get at than properties, also before the loop is compiled.
const { length: LENGTH, minimumLength: MINIMUM_LENGTH } = ENTRY;
const { flags: NAME_FLAGS, name: NAME_START } = NM;
const { NM: NAME, PX: ATTRIBUTES, TF: TIMES, ST: END } = SUSP;
const UNUSUAL: ReadonlySet<number> = new Set([SUSP.CE, SUSP.CL, SUSP.RE, SUSP.SL]);

/**
 * Looks through a Rock Ridge area for the name alone. Nearly every record of a listing is a plain file
 * or directory with a name in one part: that is all most callers ask of it, and this is the innermost
 * loop of every listing.
 *
 * @param end within `bytes`
 * @returns offset of the name within the bytes times 256, plus its length; 0 when there is no name;
 * {@link NEEDS_FULL_READING} when the area continues, is a link, was relocated, or has its name in parts
 */
export function scanForName(bytes: Uint8Array, start: number, end: number): number {
  let found = 0;
  let at = start;
  while (at + MINIMUM_LENGTH <= end) {
    const length = bytes[at + LENGTH] as number;
    if (length < MINIMUM_LENGTH || at + length > end) return found;
    const signature = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (signature === NAME) {
      if (found !== 0 || length < NAME_START || bytes[at + NAME_FLAGS] !== 0) {
        return NEEDS_FULL_READING;
      }
      found = ((at + NAME_START) << 8) | (length - NAME_START);
    } else if (signature !== ATTRIBUTES && signature !== TIMES) {
      if (signature === END) return found;
      if (UNUSUAL.has(signature)) return NEEDS_FULL_READING;
    }
    at += length;
  }
  return found;
}
