import type { ServerHostKeyAlgorithm } from "ssh2";
import type { KnownHost } from "./known-hosts.js";

// No SHA-1, no DSA.
const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/**
 * The host key algorithms to ask for, the best first. A server with several host keys shows the first
 * that it has: those that are pinned come before all others, as OpenSSH does it.
 */
export function hostKeyAlgorithms(pinned: readonly KnownHost[]): ServerHostKeyAlgorithm[] {
  const known = new Set(pinned.map(({ keyType }) => keyType));
  const isKnown = (name: string): boolean =>
    known.has(name.startsWith("rsa-sha2-") ? "ssh-rsa" : name);
  return HOST_KEY_ALGORITHMS.toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}
