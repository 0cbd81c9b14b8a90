import type { MacAddress } from "@vfkit-machine/host";
import { isBlank } from "./fields.js";
import { parseLatin1 } from "./parse-leases.js";
import type { Lease } from "./types.js";

const NEWLINE = 10;
const COMMA = 44;
const ZERO = 48;
const COLON = 58;

/** A MAC address made ready for {@link scanPart}. */
export interface MacAddressPattern {
  readonly macAddress: MacAddress;
  /** The twelve digits, in lower case. */
  readonly digits: string;
  /** Each byte as its lower case. */
  readonly lower: Uint8Array;
  /** How far the window may move when it ends with that byte; 0: a spelling may end here. */
  readonly skips: Uint8Array;
  /** How far it moves from a byte that could end a spelling and does not. */
  readonly skipLast: number;
  /** Length of the shortest spelling. */
  readonly minLength: number;
}

/**
 * The leases of one MAC address, in the order of the file: exactly those that {@link parseLeases}
 * finds, without reading the rest. It looks for every spelling of the address at once and parses
 * only the entries around the finds, which makes a look-up in a large file cost little more than
 * reading it.
 */
export function scanMacAddress(content: Uint8Array, macAddress: MacAddress): Lease[] {
  return scanPart(content, 0, compilePattern(macAddress));
}

/**
 * As {@link scanMacAddress} for a part of a file that begins where no entry is open.
 *
 * @param baseOffset where the part begins in its file
 */
export function scanPart(
  content: Uint8Array,
  baseOffset: number,
  pattern: MacAddressPattern,
): Lease[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const { skips, skipLast, minLength } = pattern;
  const leases: Lease[] = [];
  let done = 0;
  for (let at = minLength - 1; at < bytes.length;) {
    // Horspool: the byte at the window's end says how far no spelling can end.
    const skip = skips[bytes[at] as number] as number;
    if (skip !== 0) {
      at += skip;
    } else if (!endsSpelling(bytes, at, pattern)) {
      at += skipLast;
    } else {
      const range = entryAround(bytes, at, done);
      const part = bytes.toString("latin1", range.start, range.end);
      const { leases: found } = parseLatin1(part, baseOffset + range.start);
      leases.push(...found.filter((lease) => lease.macAddress === pattern.macAddress));
      done = range.end;
      at = Math.max(at + 1, done);
    }
  }
  return leases;
}

/**
 * The last place in `bytes` where no entry is open or one begins: what lies before it and what lies
 * behind it can be read apart. 0 when there is no such place.
 */
export function lastBoundary(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A line counts only with its end.
  for (let end = lineStart(buffer, buffer.length); end > 0;) {
    const start = lineStart(buffer, end - 1);
    const brace = braceOf(buffer, start);
    if (brace !== "") return brace === "{" ? start : end;
    end = start;
  }
  return 0;
}

/** Prepares the search for every spelling of an address: with and without leading zeros, in any case. */
export function compilePattern(macAddress: MacAddress): MacAddressPattern {
  const lower = Uint8Array.from({ length: 256 }, (_, byte) =>
    byte >= 65 && byte <= 90 ? byte + 32 : byte,
  );
  const all = spellings(macAddress.split(":"));
  const minLength = Math.min(...all.map((spelling) => spelling.length));
  const nearest = new Uint8Array(256).fill(minLength);
  for (const spelling of all) {
    for (let distance = minLength - 1; distance >= 1; distance -= 1) {
      nearest[spelling.charCodeAt(spelling.length - 1 - distance)] = Math.min(
        distance,
        nearest[spelling.charCodeAt(spelling.length - 1 - distance)] as number,
      );
    }
  }
  const last = macAddress.charCodeAt(macAddress.length - 1);
  const skipOf = (byte: number): number =>
    lower[byte] === last ? 0 : (nearest[lower[byte] as number] as number);
  return {
    macAddress,
    digits: macAddress.replaceAll(":", ""),
    lower,
    skips: Uint8Array.from({ length: 256 }, (_, byte) => skipOf(byte)),
    skipLast: nearest[last] as number,
    minLength,
  };
}

/** With and without each leading zero: at most 64. */
function spellings(bytes: readonly string[]): string[] {
  let all = [""];
  for (const byte of bytes) {
    const own = byte.startsWith("0") ? [byte, byte.slice(1)] : [byte];
    all = all.flatMap((before) => own.map((one) => (before === "" ? one : `${before}:${one}`)));
  }
  return all;
}

/** Does a spelling of the address end at `end`, right behind the comma that follows its type? */
function endsSpelling(
  bytes: Uint8Array,
  end: number,
  { digits, lower }: MacAddressPattern,
): boolean {
  let at = end;
  for (let digit = digits.length - 1; digit > 0; digit -= 2) {
    if (lower[bytes[at] ?? 0] !== digits.charCodeAt(digit)) return false;
    at -= 1;
    const high = digits.charCodeAt(digit - 1);
    if (lower[bytes[at] ?? 0] === high) at -= 1;
    else if (high !== ZERO) return false;
    if (bytes[at] !== (digit === 1 ? COMMA : COLON)) return false;
    at -= 1;
  }
  return true;
}

/**
 * From the last line `{` before `at` through the first line `}` or up to the first line `{` after
 * it. Wherever a line `{` stands, an entry begins: so the part reads as it does in the whole.
 *
 * @param floor end of the part before, where no entry is open
 */
function entryAround(bytes: Buffer, at: number, floor: number): { start: number; end: number } {
  let start = lineStart(bytes, at);
  while (start > floor && braceOf(bytes, start) !== "{") start = lineStart(bytes, start - 1);
  let end = nextLine(bytes, at);
  for (let brace = ""; end < bytes.length && brace === "";) {
    brace = braceOf(bytes, end);
    if (brace !== "{") end = nextLine(bytes, end);
  }
  return { start, end };
}

function lineStart(bytes: Buffer, at: number): number {
  return at <= 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

function nextLine(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline === -1 ? bytes.length : newline + 1;
}

/** The brace that stands alone on the line, else the empty text. */
function braceOf(bytes: Buffer, start: number): string {
  let brace = "";
  for (let at = start; at < bytes.length && bytes[at] !== NEWLINE; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isBlank(byte)) continue;
    const character = String.fromCharCode(byte);
    if (brace !== "" || (character !== "{" && character !== "}")) return "";
    brace = character;
  }
  return brace;
}
