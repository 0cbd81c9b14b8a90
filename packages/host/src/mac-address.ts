import { MachineError } from "./errors.js";

declare const brand: unique symbol;

/** A 48-bit MAC address in canonical spelling: six lower-case, two-digit bytes with colons. */
export type MacAddress = string & { readonly [brand]: "MacAddress" };

const BYTES = 6;

/**
 * Reads any common spelling: colons or hyphens (`8e:1:99:9c:54:b1`: bytes may lack their leading
 * zero, as macOS prints them), or twelve digits without a separator.
 *
 * @throws MachineError `ERR_INVALID_MAC_ADDRESS`
 */
export function parseMacAddress(text: string): MacAddress {
  const mac = tryParseMacAddress(text);
  if (mac !== undefined) return mac;
  throw new MachineError(`not a MAC address: ${JSON.stringify(text)}`, {
    code: "ERR_INVALID_MAC_ADDRESS",
    hint: "Write six hexadecimal bytes with colons, as in 5a:94:ef:e4:0c:ee.",
  });
}

/** As {@link parseMacAddress}, with undefined instead of an error. */
export function tryParseMacAddress(text: string): MacAddress | undefined {
  const trimmed = text.trim();
  const parts = /^[0-9a-f]{12}$/i.test(trimmed)
    ? (trimmed.match(/../g) ?? [])
    : trimmed.split(trimmed.includes("-") ? "-" : ":");
  if (parts.length !== BYTES || !parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) {
    return undefined;
  }
  return formatMacAddress(Uint8Array.from(parts, (part) => Number.parseInt(part, 16)));
}

/** @param bytes exactly six bytes, in transmission order */
export function formatMacAddress(bytes: Uint8Array): MacAddress {
  if (bytes.length !== BYTES) throw new Error(`a MAC address has 6 bytes, not ${bytes.length}`);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":") as MacAddress;
}

/** Is the multicast bit clear (the least significant bit of the first byte)? */
export function isUnicast(mac: MacAddress): boolean {
  return (firstByte(mac) & 1) === 0;
}

/** Is the locally-administered bit set (the second least significant bit of the first byte)? */
export function isLocallyAdministered(mac: MacAddress): boolean {
  return (firstByte(mac) & 2) === 2;
}

function firstByte(mac: MacAddress): number {
  return Number.parseInt(mac.slice(0, 2), 16);
}
