/** The expiry of a lease that never ends, as bootpd writes it. */
const NEVER = 0xffff_ffff;

/**
 * The canonical spelling of a dotted IPv4 address, or undefined. Leading zeros are refused: some
 * readers take them for octal.
 */
export function parseIpAddress(text: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1).map(Number);
  const spelling = octets.join(".");
  return spelling === text && octets.every((octet) => octet <= 255) ? spelling : undefined;
}

/**
 * The `lease` property: the expiry in Unix seconds, hexadecimal (`0x67a1b2c3`) or decimal.
 *
 * @returns Unix milliseconds, `Infinity` for a lease that never expires
 */
export function parseExpiry(text: string): number | undefined {
  if (!/^(?:0x[0-9a-f]{1,16}|\d{1,16})$/i.test(text)) return undefined;
  const seconds = Number(text);
  return seconds >= NEVER ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** The inverse of {@link parseExpiry}; parts of a second are dropped. */
export function formatExpiry(expiresAtMs: number): string {
  const seconds = Math.min(Math.max(Math.floor(expiresAtMs / 1000), 0), NEVER);
  return `0x${seconds.toString(16)}`;
}

/** Text of the file, one character a byte, as the UTF-8 it holds; nothing else of the file is kept alive by it. */
export function decodeText(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
