import { statSync, watch, type BigIntStats, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { systemErrorCode, type Clock } from "@vfkit-machine/host";
import { TIME_STAMP_GRAIN_MS } from "./defaults.js";

/** What {@link watchFile} takes. */
export interface WatchFileOptions {
  readonly clock: Clock;
  readonly pollIntervalMs: number;
  /** Called when the file may have changed: more often than it does, never too rarely. */
  readonly onChange: () => void;
}

/**
 * Watches the directory of a file that is replaced by rename: the old file's inode would never
 * change again. Beside the events the file is looked at every now and then, which finds what comes
 * without an event (network volumes, exhausted watches, a link to elsewhere), and begins to watch a
 * directory that is made, or made anew.
 *
 * @returns what ends it
 */
export function watchFile(path: string, options: WatchFileOptions): () => void {
  const { clock, pollIntervalMs, onChange } = options;
  const directory = dirname(path);
  let isClosed = false;
  let watcher: FSWatcher | undefined;
  let watched: string | undefined;
  let lastSeen: string | undefined;
  let cancelPoll: (() => void) | undefined;

  const unwatch = (): void => {
    watcher?.close();
    watcher = undefined;
    watched = undefined;
  };

  const rewatch = (): void => {
    unwatch();
    try {
      // Before the watch: were the directory replaced between the two, the next look would tell.
      const identity = identityOf(statSync(directory, { bigint: true }));
      const own = watch(directory, (_, filename) => {
        if (filename === null || filename === basename(path)) onChange();
      });
      watcher = own;
      own.on("error", () => {
        // Only this one: by now another may have taken its place.
        if (watcher === own) unwatch();
      });
      watched = identity;
    } catch (error) {
      // Absent, forbidden, or no watch left: looking at the file has to do.
      if (systemErrorCode(error) === undefined) throw error;
      unwatch();
    }
  };

  const poll = async (): Promise<void> => {
    const [place, file] = await Promise.all([statIfPossible(directory), statIfPossible(path)]);
    if (isClosed) return;
    const signature = file === undefined ? undefined : signatureOf(file);
    let mayHaveChanged =
      signature !== lastSeen || (file !== undefined && isFresh(file, clock.now()));
    lastSeen = signature;
    if (place === undefined) {
      unwatch();
    } else if (identityOf(place) !== watched) {
      rewatch();
      // What came between the look and the watch made no event.
      mayHaveChanged = true;
    }
    if (mayHaveChanged) onChange();
    cancelPoll = clock.schedule(pollIntervalMs, () => void poll());
  };

  rewatch();
  void poll();
  return () => {
    isClosed = true;
    cancelPoll?.();
    unwatch();
  };
}

/** Tells a directory from another of the same name. */
function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** Changes whenever the file does, but for two writes within the grain of its time stamp. */
function signatureOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

/** Is the file so young that an equal signature does not prove an equal content? */
function isFresh({ mtimeMs }: BigIntStats, nowMs: number): boolean {
  return Math.abs(nowMs - Number(mtimeMs)) < TIME_STAMP_GRAIN_MS;
}

async function statIfPossible(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
