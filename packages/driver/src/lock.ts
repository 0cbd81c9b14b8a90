import {
  abortedError,
  inspectProcess,
  MachineError,
  removeIfPresent,
  removeTree,
  systemErrorCode,
  type Host,
} from "@vfkit-machine/host";
import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TIMES } from "./defaults.js";
import { isHeld, readHolder, removeEmptyDirectory, type LockHolder } from "./lock-holder.js";
import { formatLockName } from "./lock-name.js";
import { makePrivateDirectory, type Store } from "./store.js";

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
 * The lock is a directory with one empty file, whose name is a random token and the holder. It is made
 * aside and renamed into place: rename(2) replaces an empty directory and refuses one with a file in
 * it, so exactly one of many wins. A dead holder's lock is emptied by removing its file *by name*:
 * whoever comes late removes nothing, because the next holder's file has another name. So there is no
 * moment in which a crash, or two rescuers at once, could let two in or keep everybody out.
 *
 * @throws MachineError `ERR_MACHINE_BUSY`, `ERR_ABORTED`
 */
export async function lockMachine(
  host: Host,
  store: Pick<Store, "locks">,
  name: string,
  options: LockOptions,
): Promise<MachineLock> {
  const { operation, signal, timeoutMs = TIMES.lockMs } = options;
  if (signal?.aborted === true) throw abortedError(`${operation} of ${name}`, signal);
  const token = randomBytes(12).toString("hex");
  const path = join(store.locks, name);
  const aside = join(store.locks, `.${name}.${token}`);
  await makePrivateDirectory(store.locks);
  const self = await inspectProcess(host, process.pid);
  if (self === undefined) throw new Error("this process cannot be found");
  await mkdir(aside, { mode: 0o700 });
  const { pid, startTime } = self;
  const file = formatLockName(token, { pid, startTime, operation, since: host.clock.now() });
  try {
    await writeFile(join(aside, file), "", { mode: 0o600 });
    await waitForTurn(host, aside, path, { name, signal, timeoutMs });
  } catch (error) {
    await removeTree(aside);
    throw error;
  }
  const release = async (): Promise<void> => {
    await removeIfPresent(join(path, file));
    await removeEmptyDirectory(path);
  };
  return { release, [Symbol.asyncDispose]: release };
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

function busyError(name: string, holder: LockHolder, nowMs: number): MachineError {
  const seconds = Math.max(0, Math.round((nowMs - holder.since) / 1000));
  return new MachineError(
    `machine ${name} is busy: held by pid ${holder.pid} doing ${holder.operation} ` +
      `since ${new Date(holder.since).toISOString()} (${seconds} s)`,
    { code: "ERR_MACHINE_BUSY", hint: `Wait until it is done, or end it with kill ${holder.pid}.` },
  );
}
