import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const TIMEOUT_MS = 15 * 60_000;
const MAX_CHECKSUM_CHARACTERS = 1024;

/**
 * Downloads a file once. It is there whole and with the published SHA-256 sum (`URL.sha256`), or not
 * at all.
 */
export async function downloadOnce(url: string, path: string): Promise<void> {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const expected = await readChecksum(`${url}.sha256`, signal);
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) throw new Error(`${url}: HTTP ${response.status}`);
  const aside = `${path}.${process.pid}.part`;
  const hash = createHash("sha256");
  const digest = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), digest, createWriteStream(aside), { signal });
    const actual = hash.digest("hex");
    if (actual !== expected) {
      throw new Error(`${url}: SHA-256 is ${actual}, but ${expected} is published`);
    }
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}

async function readChecksum(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const text = (await response.text()).slice(0, MAX_CHECKSUM_CHARACTERS);
  const match = /\b[0-9a-f]{64}\b/i.exec(text);
  if (match === null) throw new Error(`${url}: holds no SHA-256 sum`);
  return match[0].toLowerCase();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
