import { listProcesses, systemErrorCode, terminate } from "@vfkit-machine/host";
import { realpath } from "node:fs/promises";
import { listCache, pruneCache } from "../iso/cache.js";
import { machineOf } from "./machine-of.js";
import { counted, type Check, type Finding } from "./types.js";

const GRACE_MS = 5_000;

/** Machines that cannot be read. */
export const checkMachines: Check = async ({ machines }) => {
  const broken = machines.filter(({ error }) => error !== undefined);
  if (broken.length === 0) {
    const running = machines.filter(({ state }) => state === "Running").length;
    const message = `${counted(machines.length, "machine")}, ${running} running`;
    return [{ check: "machines", status: "pass", message }];
  }
  return broken.map(({ name, error }): Finding => ({
    check: "machines",
    status: "fail",
    message: `${name} cannot be read: ${error}`,
    hint: `Restore its config.json, or remove it: vfm rm --force ${name}`,
  }));
};

/**
 * Processes that belong to this store by their command line, but to no machine of it: their machine
 * was deleted by hand, or lost its files.
 */
export const checkOrphans: Check = async ({ host, storeDir, machines, signal, fix }) => {
  const store = await resolved(storeDir);
  const alive = new Set(
    machines.filter(({ state }) => state !== "Stopped").map(({ name }) => name),
  );
  const orphans = (await listProcesses(host)).filter(({ command }) => {
    const name = machineOf(command, store);
    return name !== undefined && !alive.has(name);
  });
  if (orphans.length === 0) {
    return [{ check: "orphans", status: "pass", message: "no process without a machine" }];
  }
  const findings: Finding[] = [];
  for (const orphan of orphans) {
    const { pid, command } = orphan;
    const program = command.split(" ", 1)[0] ?? command;
    if (fix) await terminate(host, orphan, { gracePeriodMs: GRACE_MS, signal });
    findings.push({
      check: "orphans",
      status: fix ? "pass" : "fail",
      message: `process ${pid} (${program}) belongs to no machine${fix ? ": ended" : ""}`,
      hint: fix ? undefined : `End it: vfm doctor --fix, or kill ${pid}`,
      fixed: fix,
    });
  }
  return findings;
};

/** Downloads that were interrupted: the next one goes on from there, if there ever is one. */
export const checkCache: Check = async ({ host, storeDir, signal, fix }) => {
  const partial = (await listCache(storeDir)).filter(({ kind }) => kind === "partial");
  if (partial.length === 0) {
    return [{ check: "cache", status: "pass", message: "no unfinished download" }];
  }
  const removed = fix ? await pruneCache(host, storeDir, { isos: false, signal }) : [];
  return partial.map(({ name, path }): Finding => {
    const gone = removed.some((entry) => entry.path === path);
    return {
      check: "cache",
      status: gone ? "pass" : "warn",
      message: `${name} is an unfinished download${gone ? ": deleted" : ""}`,
      hint: gone ? undefined : "Create again to complete it, or delete it: vfm cache prune",
      fixed: gone,
    };
  });
};

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return path;
  }
}
