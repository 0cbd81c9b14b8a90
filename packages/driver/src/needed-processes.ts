import {
  abortedError,
  describeEnd,
  indent,
  isAlive,
  MachineError,
  readLastLines,
  type Host,
  type ProcessEnd,
  type ProcessIdentity,
} from "@vfkit-machine/host";
import { linkedController } from "./linked-controller.js";

/** A process without which the machine cannot go on. */
export interface NeededProcess {
  readonly name: "vfkit" | "vmnet-helper";
  readonly identity: ProcessIdentity;
  /** Resolves when it ends; how it ended is known of our own children only. Rejects when `signal` aborts. */
  readonly exited: (signal: AbortSignal) => Promise<ProcessEnd | undefined>;
  readonly logPath: string;
}

const LOOK_MS = 250;

/**
 * Runs `work` and ends it at once, with the last words of the process, when one of the processes
 * ends before it is done.
 *
 * @throws MachineError `ERR_START_FAILED`, or what `work` throws
 */
export async function whileAlive<T>(
  host: Host,
  processes: readonly NeededProcess[],
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using controller = linkedController(signal);
  const deaths = processes.map(async (needed): Promise<never> => {
    const end = await needed.exited(controller.signal);
    throw await diedError(...((await culprit(host, processes, needed)) ?? [needed, end]));
  });
  const working = work(controller.signal);
  try {
    return await Promise.race([working, ...deaths]);
  } catch (error) {
    controller.abort(error);
    // Nothing of it may still be at work while what it did is being undone.
    await Promise.allSettled([working]);
    throw signal?.aborted === true ? abortedError("starting the machine", signal) : error;
  } finally {
    // Whoever still watches a process stops.
    controller.abort();
  }
}

/** vfkit does not outlive its network: when both are gone, it is the helper that has a tale to tell. */
async function culprit(
  host: Host,
  processes: readonly NeededProcess[],
  dead: NeededProcess,
): Promise<[NeededProcess, undefined] | undefined> {
  const helper = processes.find(({ name }) => name === "vmnet-helper");
  if (helper === undefined || helper === dead || (await isAlive(host, helper.identity))) {
    return undefined;
  }
  return [helper, undefined];
}

/** Watches a process that is not our child. */
export async function watchExit(
  host: Host,
  identity: ProcessIdentity,
  signal: AbortSignal,
): Promise<undefined> {
  while (await isAlive(host, identity)) await host.clock.sleep(LOOK_MS, { signal });
  return undefined;
}

async function diedError(
  needed: NeededProcess,
  end: ProcessEnd | undefined,
): Promise<MachineError> {
  const lines = await readLastLines(needed.logPath);
  const how = end === undefined ? "ended" : describeEnd(end);
  const said =
    lines.length === 0 ? `; it wrote nothing to ${needed.logPath}` : `:\n${indent(lines)}`;
  return new MachineError(`${needed.name} ${how} while the machine was starting${said}`, {
    code: "ERR_START_FAILED",
    hint: `Its whole output is in ${needed.logPath}.`,
  });
}
