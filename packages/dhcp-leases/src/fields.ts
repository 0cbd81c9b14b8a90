/** The expiry of a lease that never ends, as bootpd writes it. */
const NEVER = 0xffff_ffff;

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IP_ADDRESS = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** Is this a dotted IPv4 address? Not with leading zeros: some readers take them for octal. */
export function isIpAddress(text: string): boolean {
  return IP_ADDRESS.test(text);
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

/** Text of the file, one character a byte, as the UTF-8 it holds. */
export function decodeText(latin1: string): string {
  // Nearly always ASCII, which is the same in both.
  if (/^[\0-\x7f]*$/.test(latin1)) return latin1;
  return Buffer.from(latin1, "latin1").toString("utf8");
}

/** Is it a blank within or at the end of a line: space, tab, CR, vertical tab, form feed? */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
