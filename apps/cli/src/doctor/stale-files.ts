import { lockMachine } from "@vfkit-machine/driver/lock";
import { isMachineError, listProcesses, type Host } from "@vfkit-machine/host";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkSocketDirs, namesIn } from "./socket-dirs.js";
import type { Check, Finding } from "./types.js";

/** Files that a machine has only while something runs for it, or is being made or removed. */
const OF_THE_LIVING =
  /^(?:vfkit\.(?:pid|sock)|vfkit-\d+-\w+\.sock|vmnet-helper\.(?:pid|sock|sock\.lock)|starting\.json)$/;
const UNFINISHED = /^\..+\.(?:creating|removing)$/;

/** Paths of everything in the store that dead commands, guests or helpers could have left. */
export async function readTraces(storeDir: string): Promise<readonly string[]> {
  const machines = join(storeDir, "machines");
  const names = await namesIn(machines);
  const inside = names.map(async (name) =>
    UNFINISHED.test(name)
      ? [join(machines, name)]
      : (await namesIn(join(machines, name)))
          .filter((file) => OF_THE_LIVING.test(file))
          .map((file) => join(machines, name, file)),
  );
  return (await Promise.all(inside)).flat();
}

/**
 * What is left of processes that are gone. Looking at a machine removes most of it (`swept`); what a
 * helper left that died by itself stays until the next start, or until `--fix`.
 */
export const checkStaleFiles: Check = async ({ host, storeDir, machines, swept, signal, fix }) => {
  const findings = swept.map((path): Finding => {
    const message = `${path} was left by what no longer runs: deleted`;
    return { check: "stale-files", status: "pass", message, fixed: true };
  });
  const stopped = new Set(
    machines.filter(({ state, error }) => state === "Stopped" && error === undefined).map(nameOf),
  );
  const traces = (await readTraces(storeDir)).filter((path) =>
    stopped.has(basename(dirname(path))),
  );
  const commands = traces.length === 0 ? [] : (await listProcesses(host)).map(commandOf);
  for (const path of traces) {
    // An orphan's, and not stale: it has a finding of its own.
    if (commands.some((command) => command.includes(dirname(path)))) continue;
    const gone = fix && (await removeLocked(host, storeDir, path, signal));
    findings.push({
      check: "stale-files",
      status: gone ? "pass" : "warn",
      message: `${path} is left of a process that is gone${gone ? ": deleted" : ""}`,
      hint: gone ? undefined : "The next start replaces it; vfm doctor --fix deletes it now.",
      fixed: gone,
    });
  }
  findings.push(...(await checkSocketDirs({ host, storeDir, fix })));
  if (findings.length > 0) return findings;
  return [{ check: "stale-files", status: "pass", message: "no file of a process that is gone" }];
};

/** With the machine's lock: whoever is just starting it is writing these files. */
async function removeLocked(
  host: Host,
  storeDir: string,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const name = basename(dirname(path));
  const store = { locks: join(storeDir, "locks") };
  try {
    const lock = await lockMachine(host, store, name, {
      operation: "doctor",
      signal,
      timeoutMs: 0,
    });
    try {
      await rm(path, { force: true });
    } finally {
      await lock.release();
    }
    return true;
  } catch (error) {
    if (isMachineError(error, "ERR_MACHINE_BUSY")) return false;
    throw error;
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function commandOf({ command }: { readonly command: string }): string {
  return command;
}
