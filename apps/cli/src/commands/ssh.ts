import { openShell, quoteShell } from "@vfkit-machine/guest-ssh";
import { createHost, isMachineError, MachineError } from "@vfkit-machine/host";
import type { Action } from "../command-line/types.js";
import { openNamed, sshTargetOf } from "../open-named.js";

/** `vfm ssh uname -a`: is the first word a machine that is not there, or a command? */
function withCommandHint(error: unknown, words: readonly string[]): unknown {
  if (!isMachineError(error, "ERR_MACHINE_NOT_FOUND")) return error;
  const { message, code, hint = "", cause } = error;
  const command = `A command for the machine called default: vfm ssh -- ${words.join(" ")}`;
  return new MachineError(message, { code, hint: `${hint}\n${command}`, cause });
}

export const ssh: Action = async (cli, args) => {
  const [name, ...rest] = args;
  const words = rest[0] === "--" ? rest.slice(1) : rest;
  const machine = await openNamed(cli, name).catch((error: unknown) => {
    throw name !== undefined && rest.length > 0 && rest[0] !== "--"
      ? withCommandHint(error, args)
      : error;
  });
  const target = await sshTargetOf(machine, cli.signal);
  // One word is a shell command as typed; several are an argv, and each stays one word in the guest.
  const command = words.length > 1 ? quoteShell(words) : words[0];
  return openShell(createHost(), target, command === undefined ? {} : { command });
};
