import { decodeText, isBlank, isIpAddress, parseExpiry } from "./fields.js";
import { macAddressOf, parseHardwareAddress } from "./hardware-address.js";
import { SkipList } from "./skip-list.js";
import type { Lease, Leases, SkipReason } from "./types.js";

/** The properties that matter; every other one is passed over in silence. */
const KEYS = ["name", "ip_address", "hw_address", "identifier", "lease"] as const;
type Key = (typeof KEYS)[number];

/** An entry between its braces: a property without a value is the empty text. */
interface OpenEntry {
  readonly line: number;
  readonly offset: number;
  readonly properties: Partial<Record<Key, string>>;
}

/**
 * Reads the leases file of macOS' bootpd. Never fails: what cannot be read is reported in `skipped`.
 *
 * An entry counts only with both braces, for the one that is being written may lack the end of its
 * address. Of a key that is repeated the first counts, and a blank beside the equals sign belongs to
 * key or value: both as for bootpd itself.
 *
 * @param content bytes, or text that is taken as UTF-8
 */
export function parseLeases(content: string | Uint8Array): Leases {
  return parseLatin1(toLatin1(content), 0);
}

/**
 * As {@link parseLeases} for a part of a file, one character a byte.
 *
 * @param baseOffset where the part begins in its file
 */
export function parseLatin1(text: string, baseOffset: number): Leases {
  const leases: Lease[] = [];
  const skips = new SkipList();
  let entry: OpenEntry | undefined;
  let lineNumber = 0;
  let end = -1;
  for (let start = 0; start < text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    lineNumber += 1;
    const line = trimmed(text, start, end);
    if (line === "") continue;
    if (line === "{") {
      if (entry !== undefined) skips.add("unclosed", entry.line, lineNumber - 1, show(entry));
      entry = { line: lineNumber, offset: baseOffset + start, properties: {} };
    } else if (entry === undefined) {
      skips.addOutside(lineNumber, line);
    } else if (line === "}") {
      const result = toLease(entry);
      if (typeof result === "string") skips.add(result, entry.line, lineNumber, show(entry));
      else leases.push(result);
      entry = undefined;
    } else if (!addProperty(entry, line)) {
      skips.add("repeated-key", lineNumber, lineNumber, line);
    }
  }
  if (entry !== undefined) skips.add("unfinished", entry.line, lineNumber, show(entry));
  return { leases, skipped: skips.entries, skippedCount: skips.count };
}

function toLatin1(content: string | Uint8Array): string {
  if (typeof content === "string") return Buffer.from(content, "utf8").toString("latin1");
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
}

/** @returns false when the entry has that property already */
function addProperty(entry: OpenEntry, line: string): boolean {
  const equals = line.indexOf("=");
  const key = equals === -1 ? line : line.slice(0, equals);
  if (!isKey(key)) return true;
  if (entry.properties[key] !== undefined) return false;
  entry.properties[key] = equals === -1 ? "" : line.slice(equals + 1);
  return true;
}

function isKey(key: string): key is Key {
  return (KEYS as readonly string[]).includes(key);
}

function toLease({ properties, offset }: OpenEntry): Lease | SkipReason {
  const { name, ip_address: ip, hw_address: hw, identifier, lease } = properties;
  if (!ip) return "no-ip-address";
  if (!isIpAddress(ip)) return "bad-ip-address";
  if (!hw) return "no-hardware-address";
  const hardware = parseHardwareAddress(hw);
  if (hardware === undefined) return "bad-hardware-address";
  if (!lease) return "no-expiry";
  const expiresAtMs = parseExpiry(lease);
  if (expiresAtMs === undefined) return "bad-expiry";
  return {
    source: "dhcpd_leases",
    name: name ? decodeText(name) : undefined,
    ipAddress: ip,
    hardware,
    macAddress: macAddressOf(hardware),
    identifier: identifier ? decodeText(identifier) : undefined,
    expiresAtMs,
    offsetBytes: offset,
  };
}

function show({ properties }: OpenEntry): string {
  return KEYS.filter((key) => properties[key] !== undefined)
    .map((key) => `${key}=${properties[key]}`)
    .join(" ");
}

/** Without the blanks at both ends. */
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (from < to && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
