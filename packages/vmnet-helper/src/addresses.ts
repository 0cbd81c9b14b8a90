/**
 * The number of a dotted IPv4 address, or undefined. Four decimal parts, nothing else, and without
 * leading zeros: inet_aton(3), by which the helper reads, takes those for octal.
 */
export function parseIpv4(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

/** One of 10/8, 172.16/12 and 192.168/16 (RFC 1918), which is all that vmnet takes. */
export function isPrivate(address: number): boolean {
  return address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8;
}

/** Ones, then zeros, and at least two host bits, so that there is a host beside the gateway. */
export function isSubnetMask(mask: number): boolean {
  const hostBits = ~mask >>> 0;
  return hostBits >= 3 && hostBits !== 0xffffffff && (hostBits & (hostBits + 1)) === 0;
}
