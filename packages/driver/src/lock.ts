import {
  inspectProcess,
  isAlive,
  MachineError,
  readFileBounded,
  removeIfPresent,
  systemErrorCode,
  type Host,
  type ProcessIdentity,
} from "@vfkit-machine/host";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TIMES } from "./defaults.js";
import { makePrivateDirectory, type Store } from "./store.js";

/** Who holds a machine, and for what. */
export interface LockHolder extends ProcessIdentity {
  /** As in `start`. */
  readonly operation: string;
  /** Unix milliseconds. */
  readonly since: number;
}

export interface MachineLock extends AsyncDisposable {
  /** Lets the machine go; idempotent. */
  release(): Promise<void>;
}

export interface LockOptions {
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for another holder (default 5 s); 0 does not wait. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Takes the lock of a machine, between processes.
 *
 * The lock is a directory with one file, named by a random token and naming its holder. It is made
 * aside and renamed into place: rename(2) replaces an empty directory and refuses one with a file in
 * it, so exactly one of many wins. A dead holder's lock is emptied by removing its file *by name*:
 * whoever comes late removes nothing, because the next holder's file has another name. So there is no
 * moment in which a crash, or two rescuers at once, could let two in or keep everybody out.
 *
 * @throws MachineError `ERR_MACHINE_BUSY`, `ERR_ABORTED`
 */
export async function lockMachine(
  host: Host,
  store: Store,
  name: string,
  options: LockOptions,
): Promise<MachineLock> {
  const { operation, signal, timeoutMs = TIMES.lockMs } = options;
  const token = randomBytes(12).toString("hex");
  const path = join(store.locks, name);
  const aside = join(store.locks, `.${name}.${token}`);
  await makePrivateDirectory(store.locks);
  const self = await inspectProcess(host, process.pid);
  if (self === undefined) throw new Error("this process cannot be found");
  await mkdir(aside, { mode: 0o700 });
  try {
    const holder: LockHolder = {
      pid: self.pid,
      startTime: self.startTime,
      operation,
      since: host.clock.now(),
    };
    await writeFile(join(aside, token), JSON.stringify(holder), { mode: 0o600 });
    await waitForTurn(host, aside, path, { name, signal, timeoutMs });
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
  const release = async (): Promise<void> => {
    await removeIfPresent(join(path, token));
    await removeEmptyDirectory(path);
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** The live holder of a machine's lock, or undefined. Takes nothing and waits for nobody. */
export async function readLockHolder(
  host: Host,
  store: Store,
  name: string,
): Promise<LockHolder | undefined> {
  const seen = await readHolder(join(store.locks, name));
  if (seen?.holder === undefined) return undefined;
  return (await isAlive(host, seen.holder)) ? seen.holder : undefined;
}

/** Removes the locks of the dead, and what those left who died while they waited for one. */
export async function sweepLocks(host: Host, store: Store): Promise<void> {
  for (const entry of await readNames(store.locks)) {
    const path = join(store.locks, entry);
    const seen = await readHolder(path);
    if (seen?.holder === undefined && entry.startsWith(".")) {
      // Being made at this moment, unless it is old: then its maker died while it made it.
      if (await isOld(host, path)) await rm(path, { recursive: true, force: true });
    } else if (seen === undefined || !(await isHeld(host, seen))) {
      if (seen !== undefined) await removeIfPresent(seen.file);
      await removeEmptyDirectory(path);
    }
  }
}

async function isHeld(host: Host, { holder }: SeenLock): Promise<boolean> {
  return holder !== undefined && (await isAlive(host, holder));
}

async function isOld(host: Host, path: string): Promise<boolean> {
  try {
    return host.clock.now() - (await stat(path)).mtimeMs > TIMES.abandonedMs;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** The file in a lock, and what it says. */
interface SeenLock {
  readonly file: string;
  /** undefined: not written by us, or not whole. */
  readonly holder: LockHolder | undefined;
}

async function waitForTurn(
  host: Host,
  aside: string,
  path: string,
  options: { name: string; signal: AbortSignal | undefined; timeoutMs: number },
): Promise<void> {
  const { name, signal, timeoutMs } = options;
  const began = host.clock.monotonicMs();
  for (;;) {
    if (await renameIfFree(aside, path)) return;
    const seen = await readHolder(path);
    if (seen === undefined) continue;
    if (seen.holder === undefined || !(await isHeld(host, seen))) {
      await removeIfPresent(seen.file);
      continue;
    }
    if (host.clock.monotonicMs() - began >= timeoutMs) {
      throw busyError(name, seen.holder, host.clock.now());
    }
    // Jitter keeps many waiters from looking in step.
    await host.clock.sleep(TIMES.lockLookMs * (0.5 + Math.random()), { signal });
  }
}

async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}

/** undefined: nobody holds it. A file that cannot be read as a holder was not written by us: no holder. */
async function readHolder(path: string): Promise<SeenLock | undefined> {
  const [token] = await readNames(path);
  if (token === undefined) return undefined;
  const file = join(path, token);
  try {
    return { file, holder: parseHolder((await readFileBounded(file, 4096)).toString("utf8")) };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null;
    return typeof value?.pid === "number" && typeof value.startTime === "string"
      ? {
          pid: value.pid,
          startTime: value.startTime,
          operation: String(value.operation),
          since: Number(value.since),
        }
      : undefined;
  } catch {
    // Half written: its writer died, for the file is renamed into place when it is whole.
    return undefined;
  }
}

async function readNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    const code = systemErrorCode(error);
    // Gone, or already the next holder's.
    if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

function busyError(name: string, holder: LockHolder, nowMs: number): MachineError {
  const seconds = Math.max(0, Math.round((nowMs - holder.since) / 1000));
  return new MachineError(
    `machine ${name} is busy: held by pid ${holder.pid} doing ${holder.operation} ` +
      `since ${new Date(holder.since).toISOString()} (${seconds} s)`,
    { code: "ERR_MACHINE_BUSY", hint: `Wait until it is done, or end it with kill ${holder.pid}.` },
  );
}
