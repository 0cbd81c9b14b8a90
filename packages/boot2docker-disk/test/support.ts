import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const MIB = 1024 * 1024;

/** A directory that goes with the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "boot2docker-disk-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A public key (of no private key) as in a `.pub` file, without the newline. */
export function makePublicKey(comment: string, type = "ssh-ed25519", keyBytes = 32): string {
  const blob = Buffer.concat([sshString(Buffer.from(type)), sshString(Buffer.alloc(keyBytes, 7))]);
  return `${type} ${blob.toString("base64")} ${comment}`;
}

/** RFC 4251, section 5: the length in four bytes, then the bytes. */
function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** All names in a directory, hidden ones too: shows what a failure left behind. */
export async function listNames(directory: string): Promise<string[]> {
  return (await readdir(directory)).toSorted();
}

/** Why a command cannot be used here, or undefined. For the titles of tests that are skipped. */
export function whyNot(command: string, ...args: readonly string[]): string | undefined {
  const { status, error } = spawnSync(command, args, { stdio: "ignore" });
  if (error !== undefined) return `needs ${command}`;
  return status === 0 ? undefined : `needs ${[command, ...args].join(" ")} to work`;
}

/** The same at the end of a title; empty when there is nothing to say. */
export function reasonOf(why: string | undefined): string {
  return why === undefined ? "" : ` (skipped: ${why})`;
}

/** Standard output of a command that must succeed. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
