import { createHash, createHmac } from "node:crypto";

/** One usable line of a `known_hosts` file: see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  /** The first field: names separated by commas, patterns, or one hashed name. */
  readonly names: string;
  /** As in `ssh-ed25519`. */
  readonly keyType: string;
  /** The public key as it goes over the wire. */
  readonly key: Buffer;
  /** A key marked so must not be accepted. */
  readonly revoked: boolean;
}

/** What the pinned keys say of the key that a server shows. */
export type HostKeyVerdict = "match" | "unknown" | "changed" | "revoked";

/** Reads a `known_hosts` file. Comments, certificate authorities and lines that make no sense are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

/** The pinned keys of `alias`. */
export function keysOf(hosts: readonly KnownHost[], alias: string): KnownHost[] {
  return hosts.filter((host) => matchesName(host.names, alias));
}

/**
 * May a server that shows `key` be `alias`? Once one key is pinned, every other is a change, of
 * whatever type it is.
 */
export function judgeHostKey(
  hosts: readonly KnownHost[],
  alias: string,
  key: Uint8Array,
): HostKeyVerdict {
  const pinned = keysOf(hosts, alias);
  const same = pinned.filter((host) => host.key.equals(key));
  if (same.some((host) => host.revoked)) return "revoked";
  if (same.length > 0) return "match";
  return pinned.some((host) => !host.revoked) ? "changed" : "unknown";
}

/** The text of a `known_hosts` file with one key more. */
export function addKnownHost(text: string, alias: string, key: Uint8Array): string {
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${before}${alias.toLowerCase()} ${keyTypeOf(key) ?? ""} ${base64(key)}\n`;
}

/** The text of a `known_hosts` file without the keys of `alias`; all other lines stay as they are. */
export function removeKnownHost(text: string, alias: string): string {
  return text
    .split("\n")
    .filter((line) => {
      const host = parseLine(line);
      return host === undefined || host.revoked || !matchesName(host.names, alias);
    })
    .join("\n");
}

/** As OpenSSH prints it: `SHA256:` and unpadded base64. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type at the head of a public key blob. */
export function keyTypeOf(key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key);
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32BE(0);
  const type = bytes.toString("latin1", 4, end);
  return end < bytes.length && /^[\x21-\x7e]{1,64}$/.test(type) ? type : undefined;
}

function parseLine(line: string): KnownHost | undefined {
  const fields = line.trim().split(/[ \t]+/);
  const marker = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
  const [names, keyType, encoded] = fields;
  if (names === undefined || keyType === undefined || encoded === undefined) return undefined;
  if (names.startsWith("#") || (marker !== undefined && marker !== "@revoked")) return undefined;
  const key = Buffer.from(encoded, "base64");
  if (base64(key) !== encoded || keyTypeOf(key) !== keyType) return undefined;
  return { names, keyType, key, revoked: marker !== undefined };
}

function matchesName(names: string, alias: string): boolean {
  const name = alias.toLowerCase();
  if (names.startsWith("|")) return matchesHash(names, name);
  const patterns = names.toLowerCase().split(",");
  const excluded = patterns.some((p) => p.startsWith("!") && matchesPattern(p.slice(1), name));
  return !excluded && patterns.some((pattern) => matchesPattern(pattern, name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, for HashKnownHosts. */
function matchesHash(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/** `*` stands for any text, `?` for one character. */
function matchesPattern(pattern: string, name: string): boolean {
  // Greedy with one point to come back to: linear in practice, never exponential.
  let at = 0;
  let star = -1;
  let retry = 0;
  let index = 0;
  while (index < name.length) {
    if (pattern[at] === "*") {
      star = at++;
      retry = index;
    } else if (pattern[at] === "?" || pattern[at] === name[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++retry;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

function base64(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}
