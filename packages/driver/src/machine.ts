import { isMachineError, MachineError } from "@vfkit-machine/host";
import { findAddress } from "./address.js";
import {
  openDriver,
  readSubject,
  UNREADABLE_CODES,
  withMachine,
  type Step,
  type Subject,
} from "./context.js";
import { DEFAULTS, TIMES } from "./defaults.js";
import { requireKnownName } from "./names.js";
import { changeState } from "./pause.js";
import { removeMachineFiles } from "./remove.js";
import { startMachine } from "./start.js";
import { readState } from "./state.js";
import { stopMachine } from "./stop.js";
import { sweepLeftovers } from "./sweep.js";
import type { DriverContext, Machine, StartOptions, StopOptions } from "./types.js";

/**
 * Opens a machine of the store, in whatever state it is.
 *
 * @throws MachineError `ERR_MACHINE_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_CONFIG_NEWER`
 */
export async function openMachine(name: string, context: DriverContext = {}): Promise<Machine> {
  const driver = await openDriver(context);
  requireKnownName(name);
  await sweepLeftovers(driver);
  return createHandle(await readSubject(driver, name));
}

/** The {@link Machine} over a configuration that was read or made. */
export function createHandle(subject: Subject): Machine {
  const { config, paths } = subject;
  const getIP: Machine["getIP"] = ({ signal } = {}) => findAddress(subject, signal);
  return {
    driverName: "vfkit",
    machineName: config.name,
    directory: paths.directory,
    config,
    start: (options: StartOptions = {}) =>
      withMachine(subject, "start", options, async (step) =>
        startMachine(await asItIsNow(step), options),
      ),
    stop: (options = {}) =>
      withMachine(subject, "stop", options, async (step) =>
        stopMachine(await asFarAsKnown(step), { gracePeriodMs: gracePeriodOf(options) }),
      ),
    kill: (options = {}) =>
      withMachine(subject, "kill", options, async (step) =>
        stopMachine(await asFarAsKnown(step), { gracePeriodMs: undefined }),
      ),
    restart: (options = {}) =>
      withMachine(subject, "restart", options, async (waited) => {
        const step = await asItIsNow(waited);
        const result = await stopMachine(step, { gracePeriodMs: gracePeriodOf(options) });
        await startMachine(step, options);
        return result;
      }),
    remove: (options = {}) =>
      withMachine(subject, "remove", options, async (step) =>
        removeMachineFiles(await asFarAsKnown(step)),
      ),
    pause: (options = {}) =>
      withMachine(subject, "pause", options, (step) => changeState(step, "Pause")),
    resume: (options = {}) =>
      withMachine(subject, "resume", options, (step) => changeState(step, "Resume")),
    getState: async ({ signal } = {}) => (await readState(subject, signal)).state,
    getIP,
    getURL: async ({ signal } = {}) => {
      try {
        return `tcp://${await findAddress(subject, signal)}:${DEFAULTS.dockerPort}`;
      } catch (error) {
        if (isMachineError(error, "ERR_NOT_RUNNING")) return "";
        throw error;
      }
    },
    getSSHHostname: getIP,
    getSSHPort: () => config.sshPort,
    getSSHUser: () => config.sshUser,
    getSSHKeyPath: () => paths.key,
    getSSHKnownHostsPath: () => paths.knownHosts,
    upgrade: () => refuse("upgraded", "Create a new machine from a newer ISO."),
    startDocker: () => refuse("told to start Docker", DOCKER_HINT),
    stopDocker: () => refuse("told to stop Docker", DOCKER_HINT),
  };
}

/** Another command may have changed or removed it while we waited for the lock, or before. */
async function asItIsNow(step: Step): Promise<Step> {
  return { ...step, ...(await readSubject(step, step.config.name)) };
}

/** {@link asItIsNow} for what ends a machine: one that is gone, or cannot be read, is ended as it was. */
async function asFarAsKnown(step: Step): Promise<Step> {
  try {
    return await asItIsNow(step);
  } catch (error) {
    if (isMachineError(error, ...UNREADABLE_CODES)) return step;
    throw error;
  }
}

function gracePeriodOf({ gracePeriodMs }: StopOptions): number {
  return gracePeriodMs ?? TIMES.gracePeriodMs;
}

const DOCKER_HINT = "The guest's own init runs Docker: use it over SSH.";

async function refuse(what: string, hint: string): Promise<never> {
  throw new MachineError(`a vfkit machine cannot be ${what}`, { code: "ERR_NOT_SUPPORTED", hint });
}
