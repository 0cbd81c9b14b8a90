import { systemErrorCode } from "@vfkit-machine/host";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { flag, text } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { dockerHostOf, envLine, envShellOf, sshAliasOf } from "../docker-host.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { openNamed, sshTargetOf } from "../open-named.js";

export const env: Action = async (cli, args, options) => {
  const { terminal, globals } = cli;
  const asked = text(options, "shell");
  const shell = envShellOf(asked, process.env);
  if (shell === undefined) {
    throw new UsageError(`--shell ${asked}: not a shell that vfm knows`, SHELL_HINT);
  }
  if (flag(options, "unset")) {
    terminal.result(
      globals.json ? json(null, null, false) : envLine(shell, "DOCKER_HOST", undefined),
    );
    return EXIT.ok;
  }
  const machine = await openNamed(cli, args[0]);
  const { machineName } = machine;
  // Refuses a machine that does not run: docker would only say that the host is unreachable.
  const { host } = await sshTargetOf(machine, cli.signal);
  const alias = sshAliasOf(machineName);
  const dockerHost = dockerHostOf(alias);
  const configured = await sshKnows(alias, host);
  if (!configured && !globals.json) {
    terminal.note(
      `warning: ssh does not know ${alias} at ${host} yet. Tell it once per start, with\n` +
        `  vfm ssh-config ${machineName} >> ~/.ssh/config`,
    );
  }
  terminal.result(
    globals.json ? json(dockerHost, alias, configured) : envLine(shell, "DOCKER_HOST", dockerHost),
  );
  if (!globals.json) terminal.result(`# ${usageOf(shell, machineName)}`);
  return EXIT.ok;
};

const SHELL_HINT = "Choose sh (for bash and zsh as well), fish or powershell.";

function json(dockerHost: string | null, sshAlias: string | null, sshConfigured: boolean): string {
  return JSON.stringify({ DOCKER_HOST: dockerHost, sshAlias, sshConfigured }, null, 2);
}

function usageOf(shell: string, name: string): string {
  if (shell === "fish") return `Run: vfm env ${name} --shell fish | source`;
  if (shell === "powershell") {
    return `Run: vfm env ${name} --shell powershell | Invoke-Expression`;
  }
  return `Run: eval "$(vfm env ${name})"`;
}

/** Does the person's own configuration have a block for this alias, with the address of now? */
async function sshKnows(alias: string, host: string): Promise<boolean> {
  try {
    const config = await readFile(join(homedir(), ".ssh", "config"), "utf8");
    const blocks = config.split(/^(?=\s*Host\s)/im);
    return blocks.some(
      (block) =>
        new RegExp(`^\\s*Host\\s(?:.*\\s)?${escape(alias)}(?:\\s|$)`, "i").test(block) &&
        new RegExp(`^\\s*HostName\\s+${escape(host)}\\s*$`, "im").test(block),
    );
  } catch (error) {
    // None, or not ours to read: then there is no block that we could know of.
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
