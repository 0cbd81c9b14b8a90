import {
  abortedError,
  isMachineError,
  MachineError,
  systemErrorCode,
  type Host,
} from "@vfkit-machine/host";
import { rename, rm } from "node:fs/promises";
import type { EmitDownload } from "../events.js";
import { HttpStatusError, openDispatcher, readChecksum, transfer } from "./transfer.js";

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;

export interface DownloadOptions {
  readonly url: string;
  /** Where the whole and verified file goes. */
  readonly path: string;
  /** Lower-case hexadecimal; default: what is published at `URL.sha256`. */
  readonly sha256: string | undefined;
  readonly signal: AbortSignal;
  readonly emit: EmitDownload;
}

/**
 * Downloads a file with its sum checked: it is at `path` whole and right, or not at all. What an
 * interrupted download has is kept beside it, and the next one goes on from there.
 *
 * @throws MachineError `ERR_CHECK_ISO_DOWNLOAD`, `ERR_CHECK_ISO_CHECKSUM`, `ERR_ABORTED`
 */
export async function download(
  host: Host,
  { url, path, sha256, signal, emit }: DownloadOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const part = `${path}.part`;
  await using dispatcher = openDispatcher();
  const retrying = <T>(work: () => Promise<T>): Promise<T> =>
    retry(host, { url, signal, emit }, work);
  const expected =
    sha256 ?? (await retrying(() => readChecksum(dispatcher, `${url}.sha256`, signal)));
  if (expected === undefined) throw noChecksum(url);
  const got = await retrying(() => transfer(dispatcher, url, part, { signal, emit }));
  if (got.sha256 !== expected) {
    await rm(part, { force: true });
    throw new MachineError(
      `${url} is not what was published: its SHA-256 sum is ${got.sha256}, and ${expected} was expected`,
      {
        code: "ERR_CHECK_ISO_CHECKSUM",
        hint: "What was downloaded is deleted. Try again; if it happens again, do not trust that server.",
      },
    );
  }
  await rename(part, path);
  await rm(`${part}.json`, { force: true });
  emit("download.verified", { path, sizeBytes: got.sizeBytes, sha256: expected });
  return { sizeBytes: got.sizeBytes, sha256: expected };
}

async function retry<T>(
  host: Host,
  { url, signal, emit }: Pick<DownloadOptions, "url" | "signal" | "emit">,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw abortedError(`downloading ${url}`, signal);
      if (isMachineError(error)) throw error;
      if (!isTransient(error) || attempt === ATTEMPTS) throw failed(url, error);
      emit("download.retrying", { reason: reasonOf(error), attempt });
      await host.clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), { signal });
    }
  }
}

/** Would another try help? A name that is not known and a file that is not there stay so. */
function isTransient(error: unknown): boolean {
  if (error instanceof HttpStatusError) return error.status >= 500 || error.status === 429;
  const code = systemErrorCode(error);
  return code === "UND_ERR_SOCKET" || code === "UND_ERR_BODY_TIMEOUT" || code === "ECONNRESET";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failed(url: string, error: unknown): MachineError {
  const code = systemErrorCode(error);
  if (error instanceof HttpStatusError) {
    const missing = error.status === 404;
    return new MachineError(`cannot download ${url}: the server answered ${error.status}`, {
      code: "ERR_CHECK_ISO_DOWNLOAD",
      hint: missing ? "Check the URL or the version: there is no such file." : offlineHint(url),
      cause: error,
    });
  }
  const where = code === "ENOSPC" ? "no space is left on the disk" : reasonOf(error);
  return new MachineError(`cannot download ${url}: ${where}`, {
    code: "ERR_CHECK_ISO_DOWNLOAD",
    hint:
      code === "ENOSPC"
        ? "Free some space; vfm cache list shows what the ISOs take."
        : offlineHint(url),
    cause: error,
  });
}

function offlineHint(url: string): string {
  const file = url.slice(url.lastIndexOf("/") + 1);
  return (
    "Behind a proxy, set HTTPS_PROXY. Without a network, fetch the file on another computer:\n" +
    `  ${url}\ncopy it here and give its path: --iso ./${file}`
  );
}

function noChecksum(url: string): MachineError {
  return new MachineError(`no SHA-256 sum is published at ${url}.sha256`, {
    code: "ERR_CHECK_ISO_CHECKSUM",
    hint: `Say the sum that you trust: --iso '${url}#sha256=...'\nor download it yourself, check it and give its path.`,
  });
}
