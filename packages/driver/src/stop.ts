import {
  exitsWithin,
  isMachineError,
  removeIfPresent,
  type ProcessIdentity,
} from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { askState, requestState } from "./rest.js";
import { stopHelper } from "./start-network.js";
import { terminateVfkit } from "./terminate-vfkit.js";
import type { StopOutcome, StopResult } from "./types.js";
import { readVfkitProcess, removeVfkitFiles } from "./vfkit-process.js";

export interface StopPlan {
  /** Milliseconds that the guest has; `undefined` cuts the power at once. */
  readonly gracePeriodMs: number | undefined;
}

/**
 * Ends a machine whose lock is held: the guest is asked, then vfkit, then the kernel; each has its
 * time. What counts is that the process is gone, not what anybody answered. Then the helper, then
 * the files. Idempotent.
 */
export async function stopMachine(step: Step, { gracePeriodMs }: StopPlan): Promise<StopResult> {
  const { host, paths, operation, signal } = step;
  const began = host.clock.monotonicMs();
  operation.emit("stop.started", {});
  let outcome: StopOutcome = "already-stopped";
  for (
    let found = await readVfkitProcess(host, paths);
    found.info !== undefined;
    found = await readVfkitProcess(host, paths)
  ) {
    outcome = await endProcess(step, found.info, gracePeriodMs);
    operation.emit("stop.vm.exited", { outcome });
  }
  const helper = await stopHelper(step, TIMES.helperStopMs, signal);
  if (helper !== undefined) operation.emit("stop.helper.stopped", { outcome: helper });
  await removeVfkitFiles(paths);
  await removeIfPresent(paths.starting);
  operation.emit("stop.done", { outcome });
  return { outcome, durationMs: host.clock.monotonicMs() - began };
}

async function endProcess(
  step: Step,
  identity: ProcessIdentity,
  gracePeriodMs: number | undefined,
): Promise<StopOutcome> {
  const { host, operation, signal } = step;
  const options = { signal, onKill: () => operation.emit("stop.killing", {}) };
  if (gracePeriodMs === undefined) {
    await terminateVfkit(host, identity, 0, options);
    return "killed";
  }
  if (await askGuest(step, identity, gracePeriodMs)) return "graceful";
  operation.emit("stop.terminating", {});
  const ended = await terminateVfkit(host, identity, TIMES.terminateMs, options);
  return ended === "killed" ? "killed" : "terminated";
}

/** Presses the power button, again and again: a guest that still boots does not hear the first. */
async function askGuest(
  step: Step,
  identity: ProcessIdentity,
  gracePeriodMs: number,
): Promise<boolean> {
  const { host, operation, signal } = step;
  const deadlineMs = host.clock.monotonicMs() + gracePeriodMs;
  let asked = false;
  for (;;) {
    const accepted = await pressPowerButton(step);
    if (accepted && !asked) operation.emit("stop.requested", {});
    asked ||= accepted;
    const remainingMs = deadlineMs - host.clock.monotonicMs();
    // Nobody took the request: there is nothing to wait for, unless it just died.
    const patienceMs = asked ? Math.min(TIMES.powerButtonMs, remainingMs) : TIMES.refusedMs;
    if (await exitsWithin(host, identity, Math.max(1, patienceMs), signal)) return true;
    if (!asked || host.clock.monotonicMs() >= deadlineMs) return false;
  }
}

/** @returns whether vfkit took the request */
async function pressPowerButton(step: Step): Promise<boolean> {
  const { host, signal } = step;
  const options = { signal, timeoutMs: TIMES.restCallMs };
  try {
    // A paused guest hears nothing.
    if ((await askState(step, options)) === "Paused") await requestState(step, "Resume", options);
    await requestState(step, "Stop", options);
    return true;
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.debug("vfkit did not take the request to stop", { error });
    return false;
  }
}
