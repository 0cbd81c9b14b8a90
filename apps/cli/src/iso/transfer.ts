import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { EnvHttpProxyAgent, interceptors, request, type Dispatcher } from "undici";
import type { EmitDownload } from "../events.js";

const CONNECT_TIMEOUT_MS = 15_000;
/** Without a byte for this long the connection is given up, and taken up again. */
const STALL_TIMEOUT_MS = 30_000;
const PROGRESS_MS = 250;
const MAX_REDIRECTIONS = 5;
const MAX_CHECKSUM_BYTES = 4096;
/** No ISO of this kind has more; a server that goes on for ever must not fill the disk. */
const MAX_BYTES = 16 * 1024 ** 3;

/** The way out: a proxy where HTTPS_PROXY, HTTP_PROXY and NO_PROXY say so. */
export function openDispatcher(): Dispatcher & AsyncDisposable {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: STALL_TIMEOUT_MS,
    bodyTimeout: STALL_TIMEOUT_MS,
  });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS }));
  return Object.assign(dispatcher, {
    [Symbol.asyncDispose]: () => agent.destroy(),
  });
}

/** What a server answered that did not give the file. */
export class HttpStatusError extends Error {
  readonly status: number;

  constructor(url: string, status: number) {
    super(`${url} answered ${status}`);
    this.name = "HttpStatusError";
    this.status = status;
  }
}

/** Reads the sum that is published beside a file. @returns undefined when there is none (404) */
export async function readChecksum(
  dispatcher: Dispatcher,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { statusCode, body } = await request(url, { dispatcher, signal });
  if (statusCode === 404 || statusCode === 403) {
    await body.dump();
    return undefined;
  }
  if (statusCode !== 200) {
    await body.dump();
    throw new HttpStatusError(url, statusCode);
  }
  let text = "";
  for await (const chunk of body) {
    text += String(chunk);
    if (text.length > MAX_CHECKSUM_BYTES) break;
  }
  const sum = /\b[0-9a-f]{64}\b/i.exec(text)?.[0];
  if (sum !== undefined) return sum.toLowerCase();
  throw new MachineError(`${url} holds no SHA-256 sum`, { code: "ERR_CHECK_ISO_DOWNLOAD" });
}

/** What is known of an unfinished download: who wrote it, and how to ask whether it is still that. */
interface PartRecord {
  readonly url: string;
  readonly validator: string;
}

/**
 * Goes on where an earlier transfer stopped, when the server says that the file is still the same.
 *
 * @returns the sum and the size of the whole file, which is at `path` when this resolves
 */
export async function transfer(
  dispatcher: Dispatcher,
  url: string,
  path: string,
  { signal, emit }: { readonly signal: AbortSignal; readonly emit: EmitDownload },
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const notes = `${path}.json`;
  const { hash, bytes, validator } = await readPart(url, path, notes);
  const headers = bytes > 0 ? { range: `bytes=${bytes}-`, "if-range": validator } : {};
  const response = await request(url, { dispatcher, signal, headers });
  const { statusCode, body } = response;
  if (statusCode === 416) {
    // There is nothing after what we have: it was whole, or it is another file now.
    await body.dump();
    await rm(path, { force: true });
    return transfer(dispatcher, url, path, { signal, emit });
  }
  const resumed = statusCode === 206 && startOf(response) === bytes;
  if (statusCode !== 200 && !resumed) {
    await body.dump();
    if (statusCode === 206) await rm(path, { force: true });
    throw new HttpStatusError(url, statusCode);
  }
  await writeNotes(notes, url, response);
  const from = resumed ? bytes : 0;
  const digest = resumed ? hash : createHash("sha256");
  emit("download.started", { url, resumedAtBytes: from });
  const length = Number(response.headers["content-length"] ?? Number.NaN);
  const totalBytes = Number.isSafeInteger(length) ? from + length : null;
  const sizeBytes = await receive(body, path, { from, totalBytes, digest, emit });
  return { sha256: digest.digest("hex"), sizeBytes };
}

async function receive(
  body: AsyncIterable<unknown>,
  path: string,
  options: { from: number; totalBytes: number | null; digest: Hash; emit: EmitDownload },
): Promise<number> {
  const { from, totalBytes, digest, emit } = options;
  const handle = await open(path, from === 0 ? "w" : "a", 0o600);
  let bytes = from;
  let reportedMs = 0;
  try {
    for await (const piece of body) {
      const chunk = piece as Buffer;
      await handle.appendFile(chunk);
      digest.update(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) {
        throw new MachineError(`the download has more than ${MAX_BYTES} bytes`, {
          code: "ERR_CHECK_ISO_DOWNLOAD",
        });
      }
      const nowMs = performance.now();
      if (nowMs - reportedMs < PROGRESS_MS) continue;
      reportedMs = nowMs;
      emit("download.progress", { bytes, totalBytes });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

async function readPart(
  url: string,
  path: string,
  notes: string,
): Promise<{ hash: Hash; bytes: number; validator: string }> {
  const hash = createHash("sha256");
  const nothing = { hash, bytes: 0, validator: "" };
  try {
    const record = JSON.parse(await readFile(notes, "utf8")) as Partial<PartRecord> | null;
    const validator = record?.validator ?? "";
    // Without one nobody can say whether the rest belongs to what is here.
    if (record?.url !== url || validator === "") return nothing;
    let bytes = 0;
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    return { hash, bytes, validator };
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT" && !(error instanceof SyntaxError)) throw error;
    return nothing;
  }
}

async function writeNotes(
  notes: string,
  url: string,
  { headers }: Dispatcher.ResponseData,
): Promise<void> {
  const etag = String(headers["etag"] ?? "");
  // A weak one does not promise the same bytes.
  const validator =
    etag !== "" && !etag.startsWith("W/") ? etag : String(headers["last-modified"] ?? "");
  const record: PartRecord = { url, validator };
  await writeFile(notes, JSON.stringify(record), { mode: 0o600 });
}

function startOf({ headers }: Dispatcher.ResponseData): number {
  return Number(/^bytes (\d+)-/.exec(String(headers["content-range"] ?? ""))?.[1]);
}
