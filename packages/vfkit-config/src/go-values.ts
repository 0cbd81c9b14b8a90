import { tryParseMacAddress, type MacAddress } from "@vfkit-machine/host/mac-address";

/**
 * Text to values as Go's strconv and net packages read them, which is how vfkit reads its command
 * line. Each function returns undefined where Go returns an error.
 */

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;

/** `strconv.ParseBool`. */
export function parseGoBool(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  return undefined;
}

/** `strconv.ParseUint(text, 0, 64)`: decimal, `0x`, `0b`, `0o` or leading-zero octal, underscores between digits. */
export function parseGoUint(text: string): bigint | undefined {
  const digits = text.replaceAll("_", "");
  let value: bigint;
  if (/^[1-9](?:_?\d)*$/.test(text)) value = BigInt(digits);
  else if (/^0(?:_?[0-7])*$/.test(text)) value = BigInt(`0o0${digits}`);
  else if (/^0(?:x(?:_?[\da-f])+|b(?:_?[01])+|o(?:_?[0-7])+)$/i.test(text))
    value = BigInt(digits.toLowerCase());
  else return undefined;
  return value <= MAX_UINT64 ? value : undefined;
}

/** `strconv.ParseUint(text, 10, 32)`. */
export function parseGoUint32(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= 0xffff_ffffn ? Number(value) : undefined;
}

/** `strconv.ParseInt(text, 10, 64)`, and so `strconv.Atoi` where vfkit runs. */
export function parseGoInt(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -MAX_INT64 - 1n && value <= MAX_INT64 ? value : undefined;
}

/** `strconv.ParseInt(text, 10, 32)`. */
export function parseGoInt32(text: string): number | undefined {
  const value = parseGoInt(text);
  if (value === undefined || value < -(2n ** 31n) || value >= 2n ** 31n) return undefined;
  return Number(value);
}

/**
 * `net.ParseMAC`, of 48-bit addresses: two digits a byte with one and the same separator, or three
 * groups of four digits with dots. (Go also takes 8 and 20 bytes, of which no network card can be made.)
 */
export function parseGoMac(text: string): MacAddress | undefined {
  const separated = /^[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}$/i.test(text);
  const dotted = /^(?:[\da-f]{4}\.){2}[\da-f]{4}$/i.test(text);
  return separated || dotted ? tryParseMacAddress(text.replaceAll(".", "")) : undefined;
}
