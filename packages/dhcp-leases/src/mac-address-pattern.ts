import type { MacAddress } from "@vfkit-machine/host";

const COMMA = 44;
const ZERO = 48;
const COLON = 58;
/** What stands before it: the longer the text that is searched for, the larger the steps. */
const PREFIXES = ["hw_address=1,", "hw_address=01,"];

/** A MAC address made ready for a search of all its spellings at once. */
export interface MacAddressPattern {
  readonly macAddress: MacAddress;
  /** The twelve digits, in lower case. */
  readonly digits: string;
  /** How far the window may move when it ends with that byte; 0: a spelling may end here. */
  readonly skips: Uint8Array;
  /** How far it moves from a byte that could end a spelling and does not. */
  readonly skipLast: number;
  /** Length of the shortest spelling, with what stands before it. */
  readonly minLength: number;
}

/** Prepares the search for every spelling of an address: with and without leading zeros, in any case. */
export function compilePattern(macAddress: MacAddress): MacAddressPattern {
  const all = spellings(macAddress.split(":"));
  const minLength = Math.min(...all.map((spelling) => spelling.length));
  // Horspool: how far from the end of a spelling a byte stands at least.
  const distances = new Uint8Array(256).fill(minLength);
  for (const spelling of all) {
    for (let distance = minLength - 1; distance >= 1; distance -= 1) {
      const byte = spelling.charCodeAt(spelling.length - 1 - distance);
      distances[byte] = Math.min(distance, distances[byte] as number);
    }
  }
  const last = macAddress.charCodeAt(macAddress.length - 1);
  const skips = Uint8Array.from(distances, (_, byte) => {
    const lower = lowerCase(byte);
    return lower === last ? 0 : (distances[lower] as number);
  });
  const skipLast = distances[last] as number;
  return { macAddress, digits: macAddress.replaceAll(":", ""), skips, skipLast, minLength };
}

/** Does a spelling of the address end at `end`, right behind the comma that follows its type? */
export function endsSpelling(bytes: Uint8Array, end: number, digits: string): boolean {
  let at = end;
  for (let digit = digits.length - 1; digit > 0; digit -= 2) {
    if (lowerCaseAt(bytes, at) !== digits.charCodeAt(digit)) return false;
    at -= 1;
    const high = digits.charCodeAt(digit - 1);
    if (lowerCaseAt(bytes, at) === high) at -= 1;
    else if (high !== ZERO) return false;
    if (bytes[at] !== (digit === 1 ? COMMA : COLON)) return false;
    at -= 1;
  }
  return true;
}

/** With and without each leading zero: at most 128. */
function spellings(bytes: readonly string[]): string[] {
  let all = PREFIXES;
  for (const [index, byte] of bytes.entries()) {
    const own = byte.startsWith("0") ? [byte, byte.slice(1)] : [byte];
    const separator = index === 0 ? "" : ":";
    all = all.flatMap((before) => own.map((one) => `${before}${separator}${one}`));
  }
  return all;
}

function lowerCaseAt(bytes: Uint8Array, at: number): number {
  return lowerCase(bytes[at] ?? 0);
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}
