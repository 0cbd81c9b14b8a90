import { openMachine } from "@vfkit-machine/driver";
import { openShell, quoteShell, type SshTarget } from "@vfkit-machine/guest-ssh";
import { createHost } from "@vfkit-machine/host";
import { driverContext } from "../cli-context.js";
import { DEFAULT_NAME } from "../machines.js";
import type { Action } from "../program.js";

export const ssh: Action = async (cli, args) => {
  const [name = DEFAULT_NAME, ...rest] = args;
  // Options pass through to the guest's command, and commander leaves the separator in.
  const words = rest[0] === "--" ? rest.slice(1) : rest;
  const { context } = await driverContext(cli, { named: false });
  const machine = await openMachine(name, context);
  const target: SshTarget = {
    host: await machine.getSSHHostname({ signal: cli.signal }),
    port: machine.getSSHPort(),
    user: machine.getSSHUser(),
    privateKeyPath: machine.getSSHKeyPath(),
    knownHostsPath: machine.getSSHKnownHostsPath(),
    hostKeyAlias: machine.machineName,
  };
  // One word is a shell command as typed; several are an argv, and each stays one word in the guest.
  const command = words.length > 1 ? quoteShell(words) : words[0];
  return openShell(createHost(), target, command === undefined ? {} : { command });
};
