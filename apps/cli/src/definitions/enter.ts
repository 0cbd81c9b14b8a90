import type { CommandDefinition } from "../command-line/types.js";
import { NAME } from "./options.js";

/** What works inside a machine, or tells other programs how to. */
export const enterCommands: readonly CommandDefinition[] = [
  {
    name: "ssh",
    aliases: ["shell"],
    summary: "open a shell in a machine, or run a command there",
    description: `One word after the name is a line for the guest's shell; several words are a
program and its arguments, and each stays one word. Input, output and the exit
code are the command's.`,
    arguments: [
      { name: "name", complete: "machine" },
      { name: "command", repeats: true, complete: "nothing" },
    ],
    examples: [
      "vfm ssh c1",
      "vfm ssh c1 -- df -h",
      "vfm ssh -- uname -a",
      "echo hello | vfm ssh c1 -- cat",
    ],
    passThrough: true,
    load: async () => (await import("../commands/ssh.js")).ssh,
  },
  {
    name: "cp",
    summary: "copy files to a machine or from it",
    description: `NAME:PATH is a path in the machine; a relative one begins at the home directory.
The last path is where to. At least one of the paths is in a machine.`,
    arguments: [
      { name: "from", required: true, complete: "file" },
      { name: "to", required: true, repeats: true, complete: "file" },
    ],
    options: [{ name: "recursive", short: "r", summary: "directories with all that is in them" }],
    examples: [
      "vfm cp notes.txt c1:",
      "vfm cp -r c1:/var/log ./logs",
      "vfm cp a.txt b.txt c1:/tmp/",
    ],
    load: async () => (await import("../commands/copy.js")).copy,
  },
  {
    name: "env",
    summary: "print what makes docker use a machine",
    description: `For eval. Docker reaches the machine over SSH, so that TLS needs no set-up; ssh
finds the machine through the block that vfm ssh-config prints: see there.`,
    arguments: NAME,
    options: [
      {
        name: "shell",
        value: "SHELL",
        summary: "sh, fish or powershell",
        default: "as $SHELL says",
        complete: ["sh", "fish", "powershell"],
      },
      { name: "unset", short: "u", summary: "print what takes it back" },
    ],
    examples: [
      'eval "$(vfm env c1)"',
      "vfm env c1 --shell fish | source",
      "vfm env c1 --shell powershell | Invoke-Expression",
      'eval "$(vfm env --unset)"',
    ],
    schema: "env",
    load: async () => (await import("../commands/env.js")).env,
  },
  {
    name: "ssh-config",
    summary: "print a block for ~/.ssh/config",
    description: `With it ssh, scp, editors and Docker reach the machine by the name vfm-NAME. The
address is that of now: print it again when the machine was started anew.`,
    arguments: NAME,
    options: [
      {
        name: "alias",
        value: "HOST",
        summary: "the name to type",
        default: "vfm-NAME",
        complete: "nothing",
      },
    ],
    examples: ["vfm ssh-config c1 >> ~/.ssh/config", "ssh vfm-c1"],
    schema: "ssh-config",
    load: async () => (await import("../commands/ssh-config.js")).sshConfig,
  },
];
