import { openMachine, type Machine } from "@vfkit-machine/driver";
import type { SshTarget } from "@vfkit-machine/guest-ssh";
import { driverContext, type CliContext } from "./cli-context.js";

/** The machine that a command means when no name is given. */
export const DEFAULT_NAME = "default";

/** Opens the machine that a command names. */
export async function openNamed(cli: CliContext, name: string | undefined): Promise<Machine> {
  const { context } = await driverContext(cli, { named: false });
  return openMachine(name === undefined || name === "" ? DEFAULT_NAME : name, context);
}

/** Where a running machine answers SSH. @throws MachineError `ERR_NOT_RUNNING`, `ERR_NO_LEASE` */
export async function sshTargetOf(machine: Machine, signal: AbortSignal): Promise<SshTarget> {
  return {
    host: await machine.getSSHHostname({ signal }),
    port: machine.getSSHPort(),
    user: machine.getSSHUser(),
    privateKeyPath: machine.getSSHKeyPath(),
    knownHostsPath: machine.getSSHKnownHostsPath(),
    hostKeyAlias: machine.machineName,
  };
}
