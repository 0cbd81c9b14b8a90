import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { lstat, readdir, readlink, rename, rmdir, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Step } from "./context.js";
import { removingDirectory, type MachinePaths } from "./machine-paths.js";
import { stopMachine } from "./stop.js";
import type { RemoveResult } from "./types.js";
import { exists } from "./vfkit-process.js";

/** Kills a machine whose lock is held and deletes all that it has. Idempotent. */
export async function removeMachineFiles(step: Step): Promise<RemoveResult> {
  const { operation } = step;
  operation.emit("remove.started", {});
  await stopMachine(step, { gracePeriodMs: undefined });
  const leftBehind = await removeFiles(step);
  operation.emit("remove.done", { leftBehind: leftBehind.length });
  return { leftBehind };
}

/**
 * Deletes a machine that is stopped. It is renamed away first: from that moment on there is no such
 * machine, and a crash leaves nothing that looks like half of one.
 */
export async function removeFiles({
  paths,
  store,
  config,
}: Step): Promise<RemoveResult["leftBehind"]> {
  const leftBehind = [...(await removeSocketDir(paths))];
  const removing = removingDirectory(store, config.name);
  // Of an earlier removal that could not be completed.
  leftBehind.push(...(await tryRemoveTree(removing)));
  if (!(await exists(paths.directory))) return leftBehind;
  if (await isLink(paths.directory)) return [...leftBehind, ...(await removeLink(paths.directory))];
  try {
    await rename(paths.directory, removing);
  } catch (error) {
    return [...leftBehind, { path: paths.directory, reason: reasonOf(error) }];
  }
  return [...leftBehind, ...(await tryRemoveTree(removing))];
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink();
}

/**
 * Deletes the link that stands for a machine's directory. Where it leads is nobody's to delete but
 * its maker's: it may hold more than a machine.
 */
async function removeLink(path: string): Promise<RemoveResult["leftBehind"]> {
  try {
    const target = resolve(dirname(path), await readlink(path));
    await unlink(path);
    return (await exists(target)) ? [{ path: target, reason: `${path} was a link to it` }] : [];
  } catch (error) {
    return [{ path, reason: reasonOf(error) }];
  }
}

/**
 * Deletes a directory with all in it; what resists is left, and all around it goes.
 *
 * @returns what could not be deleted; nothing is thrown
 */
export async function tryRemoveTree(path: string): Promise<RemoveResult["leftBehind"]> {
  const failed: { path: string; reason: string }[] = [];
  let entries: { name: string; isDirectory(): boolean }[] = [];
  try {
    if (await isLink(path)) {
      await unlink(path);
      return [];
    }
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    return systemErrorCode(error) === "ENOENT" ? [] : [{ path, reason: reasonOf(error) }];
  }
  for (const entry of entries) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) {
      failed.push(...(await tryRemoveTree(inside)));
      continue;
    }
    try {
      await unlink(inside);
    } catch (error) {
      failed.push({ path: inside, reason: reasonOf(error) });
    }
  }
  if (failed.length > 0) return failed;
  try {
    await rmdir(path);
    return [];
  } catch (error) {
    return [{ path, reason: reasonOf(error) }];
  }
}

/** A short directory outside the machine's own held nothing but sockets: never delete more than that. */
export async function removeSocketDir({
  directory,
  socketDir,
}: Pick<MachinePaths, "directory" | "socketDir">): Promise<RemoveResult["leftBehind"]> {
  if (socketDir === directory) return [];
  try {
    await rmdir(socketDir);
    return [];
  } catch (error) {
    const code = systemErrorCode(error);
    return code === "ENOENT" ? [] : [{ path: socketDir, reason: reasonOf(error) }];
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof MachineError) return error.message;
  return systemErrorCode(error) ?? String(error);
}
