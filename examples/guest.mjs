import { runCommand } from "@vfkit-machine/guest-ssh";
import { assertSuccess } from "@vfkit-machine/host";

/** Runs one command in a machine of the driver. Stdout, or an error with the end of stderr. */
export async function run(machine, command) {
  const target = {
    host: await machine.getSSHHostname(),
    port: machine.getSSHPort(),
    user: machine.getSSHUser(),
    privateKeyPath: machine.getSSHKeyPath(),
    knownHostsPath: machine.getSSHKnownHostsPath(),
    hostKeyAlias: machine.machineName,
  };
  const result = assertSuccess(await runCommand(target, command));
  return result.stdout.trim();
}
