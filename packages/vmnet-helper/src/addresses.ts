/** The number of a dotted IPv4 address, or undefined. Four decimal parts, nothing else. */
export function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
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
