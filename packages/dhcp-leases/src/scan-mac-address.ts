import type { MacAddress } from "@vfkit-machine/host";
import { parseLatin1 } from "./parse-leases.js";
import type { Lease } from "./types.js";

const NEWLINE = 10;
const COMMA = 44;
const ZERO = 48;
const COLON = 58;

/**
 * The leases of one MAC address, in the order of the file: exactly those that {@link parseLeases}
 * finds, without reading the rest. It looks for every spelling of the address at once and parses
 * only the entries around the finds, which makes a look-up in a large file cost little more than
 * reading it.
 */
export function scanMacAddress(content: Uint8Array, macAddress: MacAddress): Lease[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const { digits, lower, shifts, minLength } = compile(macAddress);
  const last = digits.charCodeAt(digits.length - 1);
  const leases: Lease[] = [];
  let done = 0;
  for (let at = minLength - 1; at < bytes.length;) {
    // Horspool: the byte at the window's end says how far no spelling can end.
    const byte = bytes[at] ?? 0;
    if (lower[byte] !== last || !endsSpelling(bytes, at, digits, lower)) {
      at += shifts[byte] ?? 1;
      continue;
    }
    const range = entryAround(bytes, at, done);
    const part = bytes.toString("latin1", range.start, range.end);
    for (const lease of parseLatin1(part, range.start).leases) {
      if (lease.macAddress === macAddress) leases.push(lease);
    }
    done = range.end;
    at = Math.max(at + 1, done);
  }
  return leases;
}

interface Compiled {
  /** The twelve digits, in lower case. */
  readonly digits: string;
  /** Each byte as its lower case. */
  readonly lower: Uint8Array;
  /** How far the window may move when it ends with that byte. */
  readonly shifts: Uint8Array;
  /** Length of the shortest spelling. */
  readonly minLength: number;
}

function compile(macAddress: MacAddress): Compiled {
  const lower = Uint8Array.from({ length: 256 }, (_, byte) =>
    byte >= 65 && byte <= 90 ? byte + 32 : byte,
  );
  const all = spellings(macAddress.split(":"));
  const minLength = Math.min(...all.map((spelling) => spelling.length));
  const shifts = new Uint8Array(256).fill(minLength);
  for (const spelling of all) {
    for (let distance = minLength - 1; distance >= 1; distance -= 1) {
      const code = spelling.charCodeAt(spelling.length - 1 - distance);
      for (const either of [code, String.fromCharCode(code).toUpperCase().charCodeAt(0)]) {
        shifts[either] = Math.min(shifts[either] ?? distance, distance);
      }
    }
  }
  return { digits: macAddress.replaceAll(":", ""), lower, shifts, minLength };
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
function endsSpelling(bytes: Buffer, end: number, digits: string, lower: Uint8Array): boolean {
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
    if (byte <= 32) continue;
    const character = String.fromCharCode(byte);
    if (brace !== "" || (character !== "{" && character !== "}")) return "";
    brace = character;
  }
  return brace;
}
