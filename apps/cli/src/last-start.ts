import type { DriverEvent } from "@vfkit-machine/driver";
import type { Logger } from "@vfkit-machine/host";
import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "last-start.json";
const VERSION = 1;
const MAX_BYTES = 1024 * 1024;

/** The steps of a machine's last start, as they were. */
export interface LastStart {
  readonly schemaVersion: typeof VERSION;
  readonly machine: string;
  readonly outcome: "started" | "failed";
  readonly events: readonly DriverEvent[];
}

/**
 * Listens to the driver and keeps the steps of each start in the machine's own directory, where
 * `vfm status --timeline` finds them.
 */
export function createRecorder(storeDir: string, logger: Logger): (event: DriverEvent) => void {
  const starts = new Map<string, DriverEvent[]>();
  return (event) => {
    const { machine, type } = event;
    if (type === "start.started") starts.set(machine, []);
    const events = starts.get(machine);
    if (events === undefined || !type.startsWith("start.")) return;
    events.push(event);
    if (type !== "start.done" && type !== "start.undone") return;
    starts.delete(machine);
    const outcome = type === "start.done" ? "started" : "failed";
    try {
      writeLastStart(storeDir, { schemaVersion: VERSION, machine, outcome, events });
    } catch (error) {
      // A full disk must not turn a start that went well into a failure.
      if (systemErrorCode(error) === undefined) throw error;
      logger.warn("could not record the start", { machine, error });
    }
  };
}

// Synchronous: a start may be the last thing that a process does.
function writeLastStart(storeDir: string, start: LastStart): void {
  const directory = join(storeDir, "machines", start.machine);
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return;
  const aside = join(directory, `.${FILE}.${process.pid}`);
  writeFileSync(aside, `${JSON.stringify(start)}\n`, { mode: 0o600 });
  renameSync(aside, join(directory, FILE));
}

/** @throws MachineError `ERR_NO_TIMELINE` when the machine was never started, or the file is not ours */
export function readLastStart(directory: string, machine: string): LastStart {
  const path = join(directory, FILE);
  try {
    if (statSync(path).size > MAX_BYTES) throw new SyntaxError("too large");
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<LastStart> | null;
    if (value?.schemaVersion === VERSION && Array.isArray(value.events)) return value as LastStart;
    throw new SyntaxError("another version");
  } catch (error) {
    const missing = systemErrorCode(error) === "ENOENT";
    if (!missing && !(error instanceof SyntaxError)) throw error;
    const what = missing ? "has not been started yet" : `has a start that cannot be read: ${path}`;
    throw new MachineError(`${machine} ${what}`, {
      code: "ERR_NO_TIMELINE",
      hint: `Start it with vfm start ${machine}; then its start is recorded.`,
      cause: error,
    });
  }
}
