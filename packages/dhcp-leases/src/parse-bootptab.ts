import { decodeText, isIpAddress } from "./fields.js";
import { macAddressOf, parseHardwareAddress } from "./hardware-address.js";
import { SkipList } from "./skip-list.js";
import type { Lease, Leases, SkipReason } from "./types.js";

/**
 * Reads the static bindings of `/etc/bootptab` (bootptab(5)): everything up to the first line `%%`
 * is ignored; then one host a line, `hostname hwtype hwaddr ipaddr [bootfile]`, with `#` comments.
 * bootpd never writes such a binding into its leases file.
 *
 * @returns bindings as leases that never expire; what cannot be read is in `skipped`
 */
export function parseBootptab(content: string | Uint8Array): Leases {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : Buffer.from(content);
  const lines = bytes.toString("latin1").split("\n");
  const separator = lines.findIndex((line) => line.trim() === "%%");
  const leases: Lease[] = [];
  const skips = new SkipList();
  let offsetBytes = 0;
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (separator !== -1 && index > separator && text !== "" && !text.startsWith("#")) {
      const result = toBinding(text, offsetBytes);
      if (typeof result === "string") skips.add(result, index + 1, index + 1, text);
      else leases.push(result);
    }
    offsetBytes += line.length + 1;
  }
  return { leases, skipped: skips.entries, skippedCount: skips.count };
}

function toBinding(text: string, offsetBytes: number): Lease | SkipReason {
  const [name, type, address, ip] = text.split(/\s+/);
  if (!name || !type || !address || !ip) return "bad-line";
  const hardware = parseHardwareAddress(`${type},${address}`);
  if (hardware === undefined) return "bad-hardware-address";
  if (!isIpAddress(ip)) return "bad-ip-address";
  return {
    source: "bootptab",
    name: decodeText(name),
    ipAddress: ip,
    hardware,
    macAddress: macAddressOf(hardware),
    identifier: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
    offsetBytes,
  };
}
