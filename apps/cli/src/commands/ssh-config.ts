import { sshConfigBlock } from "@vfkit-machine/guest-ssh";
import { text } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { sshAliasOf } from "../docker-host.js";
import { EXIT } from "../exit-codes.js";
import { openNamed, sshTargetOf } from "../open-named.js";

export const sshConfig: Action = async (cli, args, options) => {
  const machine = await openNamed(cli, args[0]);
  const alias = text(options, "alias") ?? sshAliasOf(machine.machineName);
  const block = sshConfigBlock(await sshTargetOf(machine, cli.signal), alias);
  cli.terminal.result(
    cli.globals.json ? JSON.stringify({ alias, config: block }, null, 2) : block.trimEnd(),
  );
  return EXIT.ok;
};
