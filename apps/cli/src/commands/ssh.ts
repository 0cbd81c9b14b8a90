import { openShell, quoteShell } from "@vfkit-machine/guest-ssh";
import { createHost } from "@vfkit-machine/host";
import type { Action } from "../command-line/types.js";
import { openNamed, sshTargetOf } from "../open-named.js";

export const ssh: Action = async (cli, args) => {
  const [name, ...rest] = args;
  const words = rest[0] === "--" ? rest.slice(1) : rest;
  const target = await sshTargetOf(await openNamed(cli, name), cli.signal);
  // One word is a shell command as typed; several are an argv, and each stays one word in the guest.
  const command = words.length > 1 ? quoteShell(words) : words[0];
  return openShell(createHost(), target, command === undefined ? {} : { command });
};
