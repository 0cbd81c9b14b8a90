import { parseMacAddress } from "@vfkit-machine/host";
import { isBlank } from "./fields.js";
import { compilePattern, endsSpelling, type MacAddressPattern } from "./mac-address-pattern.js";
import { parseLatin1 } from "./parse-leases.js";
import type { Lease } from "./types.js";

const NEWLINE = 10;

/**
 * The leases of one MAC address, in the order of the file: exactly those that {@link parseLeases}
 * finds, without reading the rest. It looks for every spelling of the address at once and parses
 * only the entries around the finds, which makes a look-up in a large file cost little more than
 * reading it.
 *
 * @param macAddress any spelling
 * @throws MachineError `ERR_INVALID_MAC_ADDRESS`
 */
export function scanMacAddress(content: Uint8Array, macAddress: string): Lease[] {
  return scanPart(content, 0, compilePattern(parseMacAddress(macAddress)));
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
    // The byte at the window's end says how far no spelling can end.
    const skip = skips[bytes[at] as number] as number;
    if (skip !== 0) {
      at += skip;
    } else if (!endsSpelling(bytes, at, pattern.digits)) {
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
