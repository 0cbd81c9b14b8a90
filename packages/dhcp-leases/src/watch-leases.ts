import { abortedError, MACOS_PATHS, systemClock, type Clock } from "@vfkit-machine/host";
import { POLL_INTERVAL_MS } from "./defaults.js";
import { Latch } from "./latch.js";
import { parseLeases } from "./parse-leases.js";
import { readBytes } from "./read-file.js";
import type { ReadLeasesOptions } from "./read-leases.js";
import type { LeasesFile } from "./types.js";
import { watchFile } from "./watch-file.js";

/** What everything that watches the leases file takes. */
export interface WatchLeasesOptions extends ReadLeasesOptions {
  /** Ends the watch with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** How often the file is looked at in case no event comes; default 1000 ms. */
  readonly pollIntervalMs?: number | undefined;
  /** Default: the real one. */
  readonly clock?: Clock | undefined;
}

/**
 * The leases as they stand, then again after every change of the file, until the loop is left or
 * `signal` aborts. Changes that come while the loop is busy are taken together; a file rewritten with
 * the same content is no change. Nothing is watched before the first step of the loop.
 *
 * Reacts to the rename by which bootpd replaces the file. The directory need not exist yet.
 *
 * @throws MachineError `ERR_ABORTED`, `ERR_LEASES_UNREADABLE`, `ERR_LEASES_TOO_LARGE`
 */
export async function* watchLeases(
  options: WatchLeasesOptions = {},
): AsyncGenerator<LeasesFile, never, undefined> {
  const path = options.path ?? MACOS_PATHS.dhcpdLeases;
  let last: Buffer | undefined | "nothing seen yet" = "nothing seen yet";
  for await (const _ of watchChanges(path, options)) {
    const bytes = await readBytes(path, options.maxBytes);
    if (last !== "nothing seen yet" && isSame(bytes, last)) continue;
    last = bytes;
    yield { path, isPresent: bytes !== undefined, ...parseLeases(bytes ?? "") };
  }
  throw new Error("the watch ended without a reason");
}

/**
 * Yields at once, and again whenever the file may have changed since: the moment to look at it.
 *
 * @throws MachineError `ERR_ABORTED`: there is no other end
 */
export async function* watchChanges(
  path: string,
  options: WatchLeasesOptions,
): AsyncGenerator<void, never, undefined> {
  const { signal, clock = systemClock, pollIntervalMs = POLL_INTERVAL_MS } = options;
  // Set at first: the file as it stands is the first to be seen.
  const changed = new Latch(true);
  const onChange = (): void => changed.set();
  // Before the first look, so that nothing falls between the two.
  const close = watchFile(path, { clock, pollIntervalMs, onChange });
  signal?.addEventListener("abort", onChange);
  try {
    for (;;) {
      await changed.take();
      if (signal?.aborted === true) throw abortedError(`watching ${path}`, signal);
      yield;
    }
  } finally {
    signal?.removeEventListener("abort", onChange);
    close();
  }
}

function isSame(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}
