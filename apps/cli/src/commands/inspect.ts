import { isMachineError } from "@vfkit-machine/host";
import { EXIT } from "../exit-codes.js";
import { openNamed } from "../open-named.js";
import type { Action } from "../command-line/types.js";

export const inspect: Action = async (cli, args) => {
  const machine = await openNamed(cli, args[0]);
  const state = await machine.getState({ signal: cli.signal });
  let url = "";
  if (state === "Running") {
    try {
      url = await machine.getURL({ signal: cli.signal });
    } catch (error) {
      // A machine without a lease is still worth looking at.
      if (!isMachineError(error)) throw error;
    }
  }
  // Asking the guest a second time could have another answer: another command may be stopping it.
  const ip = url === "" ? null : new URL(url).hostname;
  cli.terminal.result(
    JSON.stringify(
      {
        name: machine.machineName,
        driver: machine.driverName,
        state,
        ip,
        url,
        directory: machine.directory,
        ssh: {
          host: ip,
          port: machine.getSSHPort(),
          user: machine.getSSHUser(),
          keyPath: machine.getSSHKeyPath(),
          knownHostsPath: machine.getSSHKnownHostsPath(),
        },
        config: machine.config,
      },
      null,
      2,
    ),
  );
  return EXIT.ok;
};
