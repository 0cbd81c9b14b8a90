import { openMachine, type Machine } from "@vfkit-machine/driver";
import type { SshTarget } from "@vfkit-machine/guest-ssh";
import { MachineError } from "@vfkit-machine/host";
import { driverContext, storeDirOf, type CliContext } from "./cli-context.js";
import { explainMissing } from "./missing-machine.js";

/** The machine that a command means when no name is given. */
export const DEFAULT_NAME = "default";

/** Opens the machine that a command names. */
export async function openNamed(cli: CliContext, name: string | undefined): Promise<Machine> {
  const { context } = await driverContext(cli, { named: false });
  const wanted = name === undefined || name === "" ? DEFAULT_NAME : name;
  try {
    return await openMachine(wanted, context);
  } catch (error) {
    throw await explainMissing(error, wanted, storeDirOf(cli));
  }
}

/** Where a running machine answers SSH. @throws MachineError `ERR_NOT_RUNNING`, `ERR_NO_LEASE` */
export async function sshTargetOf(machine: Machine, signal: AbortSignal): Promise<SshTarget> {
  // It has an address, and nobody would answer there until ssh gives up.
  if ((await machine.getState({ signal })) === "Paused") {
    throw new MachineError(`${machine.machineName} is paused`, {
      code: "ERR_NOT_RUNNING",
      hint: `Let it go on with vfm resume ${machine.machineName}.`,
    });
  }
  return {
    host: await machine.getSSHHostname({ signal }),
    port: machine.getSSHPort(),
    user: machine.getSSHUser(),
    privateKeyPath: machine.getSSHKeyPath(),
    knownHostsPath: machine.getSSHKnownHostsPath(),
    hostKeyAlias: machine.machineName,
  };
}
