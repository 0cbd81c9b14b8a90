import type { MacAddress } from "@vfkit-machine/host";
import type { HardwareAddress } from "./types.js";

/** ARP hardware type of Ethernet. */
export const ETHERNET = 1;
/** What bootpd writes as the type of a DUID. */
export const DUID_TYPE = 0xff;

const MAC_SPELLING_LENGTH = 17;
/** `ff` and a DUID of at most 130 bytes behind an IAID of 4 (RFC 8415, section 11.1), with room to spare. */
const MAX_BYTES = 255;

/**
 * Reads `type,b:b:...`: hexadecimal, each number one or two digits, as macOS prints them, without
 * leading zeros.
 */
export function parseHardwareAddress(text: string): HardwareAddress | undefined {
  const comma = text.indexOf(",");
  if (comma !== 1 && comma !== 2) return undefined;
  const type = parseByte(text, 0, comma);
  const address = canonicalBytes(text, comma + 1);
  return type === undefined || address === undefined ? undefined : { type, address };
}

/** The address as a MAC address, when it is an Ethernet one. */
export function macAddressOf(hardware: HardwareAddress): MacAddress | undefined {
  const isMac = hardware.type === ETHERNET && hardware.address.length === MAC_SPELLING_LENGTH;
  return isMac ? (hardware.address as MacAddress) : undefined;
}

/** Spells bytes as macOS does: `%x`, without leading zeros. */
export function formatHardwareAddress({ type, address }: HardwareAddress): string {
  return `${type.toString(16)},${address.replace(/(^|:)0(?=[0-9a-f])/gi, "$1")}`.toLowerCase();
}

/** Bytes with colons from `start` to the end of `text`, in lower case with two digits each. */
function canonicalBytes(text: string, start: number): string | undefined {
  let canonical = "";
  for (let at = start, count = 0; ; count += 1) {
    const colon = text.indexOf(":", at);
    const end = colon === -1 ? text.length : colon;
    const byte = parseByte(text, at, end);
    if (byte === undefined || count === MAX_BYTES) return undefined;
    canonical += canonical === "" ? TWO_DIGITS[byte] : `:${TWO_DIGITS[byte]}`;
    if (colon === -1) return canonical;
    at = colon + 1;
  }
}

const TWO_DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** One or two hexadecimal digits. */
function parseByte(text: string, start: number, end: number): number | undefined {
  if (end - start !== 1 && end - start !== 2) return undefined;
  let byte = 0;
  for (let at = start; at < end; at += 1) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit === -1) return undefined;
    byte = byte * 16 + digit;
  }
  return byte;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
