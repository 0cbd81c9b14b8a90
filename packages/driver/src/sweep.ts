import { isMachineError, systemErrorCode } from "@vfkit-machine/host";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Driver } from "./context.js";
import { sweepLocks } from "./lock-holder.js";
import { leftoverOf } from "./machine-paths.js";

/**
 * Deletes what creations and removals left that were killed. Whoever still works at one holds the
 * lock of its machine, so whatever can be locked is left by the dead. Never waits, never fails.
 *
 * @param locked the machine whose lock the caller holds
 */
export async function sweepLeftovers(driver: Driver, locked?: string): Promise<void> {
  const { host, store } = driver;
  try {
    await sweepLocks(host, store);
    for (const entry of await readdir(store.machines)) {
      const name = leftoverOf(entry);
      if (name === undefined) continue;
      const path = join(store.machines, entry);
      const { tryRemoveTree } = await import("./remove.js");
      if (name === locked) await tryRemoveTree(path);
      else await withLock(driver, name, () => tryRemoveTree(path));
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    host.logger.warn("could not sweep leftovers", { store: store.root, error });
  }
}

async function withLock(
  { host, store }: Driver,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const { lockMachine } = await import("./lock.js");
  try {
    const lock = await lockMachine(host, store, name, { operation: "sweep", timeoutMs: 0 });
    try {
      await work();
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!isMachineError(error, "ERR_MACHINE_BUSY")) throw error;
  }
}
