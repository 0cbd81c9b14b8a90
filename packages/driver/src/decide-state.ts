import type { MachineState } from "./types.js";

/** What is known of a machine when its state is asked. */
export interface StateFacts {
  /** Is there a process that is ours? */
  readonly alive: boolean;
  /**
   * What REST says: vfkit's state without `VirtualMachineState`, as in `Running`; undefined when it
   * does not answer, or was not asked because there is no process.
   */
  readonly rest: string | undefined;
  /** What another command is doing with the machine at this moment. */
  readonly inProgress: "start" | "stop" | undefined;
  /** Milliseconds since the process was started, when that is known. */
  readonly ageMs: number | undefined;
}

/** How long after its start vfkit may be silent without anything being wrong, milliseconds. */
const SILENCE_MS = 10_000;

/**
 * The state, from process identity first and REST second. vfkit's server listens before the
 * machine starts and then says `Stopped`; it says `Stopped` again in the moment before it exits.
 */
export function decideState({ alive, rest, inProgress, ageMs }: StateFacts): MachineState {
  if (!alive) return inProgress === "start" ? "Starting" : "Stopped";
  if (inProgress === "stop") return "Stopping";
  const young = inProgress === "start" || (ageMs !== undefined && ageMs >= 0 && ageMs < SILENCE_MS);
  switch (rest) {
    case "Running":
    case "Pausing":
      return "Running";
    case "Paused":
    case "Resuming":
    case "Saving":
      return "Paused";
    case "Starting":
    case "Restoring":
      return "Starting";
    case "Stopping":
      return "Stopping";
    case "Stopped":
      return young ? "Starting" : "Stopping";
    case "Error":
      return "Error";
    case undefined:
      // Alive and dumb: still coming up, or hanging.
      return young ? "Starting" : "Error";
    default:
      // A state of a newer vfkit: the process lives, and that is what counts.
      return "Running";
  }
}
