import { appendFile } from "node:fs/promises";
import {
  MachineError,
  readFileBounded,
  systemErrorCode,
  writeFileAtomic,
} from "@vfkit-machine/host";
import { MAX_KNOWN_HOSTS_BYTES } from "./defaults.js";
import { describeAddress } from "./errors.js";
import { createFile } from "./exclusive-file.js";
import {
  addKnownHost,
  fingerprint,
  judgeHostKey,
  keysOf,
  keyTypeOf,
  parseKnownHosts,
  removeKnownHost,
  type KnownHost,
} from "./known-hosts.js";
import type { SshTarget } from "./types.js";

type KeyStore = Pick<SshTarget, "knownHostsPath" | "hostKeyAlias">;

/** What is pinned for a target; none when the file is absent. */
export async function readPinnedKeys(store: KeyStore): Promise<KnownHost[]> {
  const text = await readKnownHosts(store.knownHostsPath);
  return keysOf(parseKnownHosts(text ?? ""), store.hostKeyAlias);
}

/**
 * Pins a key that was never seen before: trust on first use. Does nothing when it is pinned already.
 *
 * @throws MachineError `ERR_SSH_HOST_KEY_CHANGED` when another was pinned in the meantime
 */
export async function pinHostKey(target: SshTarget, key: Uint8Array): Promise<void> {
  const { knownHostsPath: path, hostKeyAlias } = target;
  let text = await readKnownHosts(path);
  if (text === undefined) {
    try {
      await createFile(path, addKnownHost("", hostKeyAlias, key), 0o600);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
    // Another process was first, and what it pinned counts; or it is a link to a file that is not there yet.
    text = (await readKnownHosts(path)) ?? "";
  }
  const pinned = parseKnownHosts(text);
  const verdict = judgeHostKey(pinned, hostKeyAlias, key);
  if (verdict === "match") return;
  if (verdict !== "unknown") throw hostKeyChangedError(target, keysOf(pinned, hostKeyAlias), key);
  // In one write at the end, as OpenSSH does it: what others pin at the same time stays.
  const line = addKnownHost(text, hostKeyAlias, key).slice(text.length);
  await appendFile(path, line, { mode: 0o600 });
  const now = keysOf(parseKnownHosts((await readKnownHosts(path)) ?? ""), hostKeyAlias);
  const first = now.find(({ revoked }) => !revoked);
  if (first === undefined || first.key.equals(key)) return;
  // Another key was pinned under this name meanwhile. The first counts.
  await takeBack(path, line);
  throw hostKeyChangedError(target, [first], key);
}

/** Removes a line that was added: only what was written, and what stands twice once. */
async function takeBack(path: string, line: string): Promise<void> {
  const text = (await readKnownHosts(path)) ?? "";
  const at = text.lastIndexOf(line);
  if (at === -1) return;
  const without = text.slice(0, at) + text.slice(at + line.length);
  await writeFileAtomic(path, without, { mode: 0o600 });
}

/**
 * Forgets the pinned host key of a machine, so that its next login pins the key it then shows. For a
 * guest that makes new host keys at each boot (its root file system is in memory, as minikube's ISO)
 * and for a machine made anew under its old name. Keys marked `@revoked` stay.
 *
 * @returns whether there was one
 */
export async function forgetHostKey(store: KeyStore): Promise<boolean> {
  const text = await readKnownHosts(store.knownHostsPath);
  if (text === undefined) return false;
  const without = removeKnownHost(text, store.hostKeyAlias);
  if (without === text) return false;
  await writeFileAtomic(store.knownHostsPath, without, { mode: 0o600 });
  return true;
}

/** `ERR_SSH_HOST_KEY_CHANGED`, with both fingerprints. */
export function hostKeyChangedError(
  target: SshTarget,
  pinned: readonly KnownHost[],
  key: Uint8Array,
): MachineError {
  const { hostKeyAlias: alias, knownHostsPath: path } = target;
  const revoked = judgeHostKey(pinned, alias, key) === "revoked";
  const wanted = pinned
    .filter((host) => !host.revoked)
    .map((host) => `${host.keyType} ${fingerprint(host.key)}`)
    .join(" or ");
  const shown = `${keyTypeOf(key) ?? "unknown"} ${fingerprint(key)}`;
  return new MachineError(
    revoked
      ? `${describeAddress(target)} shows a host key that ${path} marks as revoked: ${shown}`
      : `${describeAddress(target)} is not ${alias}: its host key is ${shown}, ${path} has ${wanted}`,
    {
      code: "ERR_SSH_HOST_KEY_CHANGED",
      hint:
        `Another machine may have this address now. If ${alias} was made anew, or makes new host ` +
        `keys when it boots, forget the old one: ssh-keygen -R ${alias.toLowerCase()} -f '${path}'`,
    },
  );
}

async function readKnownHosts(path: string): Promise<string | undefined> {
  try {
    return (await readFileBounded(path, MAX_KNOWN_HOSTS_BYTES)).toString("utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
