/** Shells that `vfm env` speaks. */
export type EnvShell = "sh" | "fish" | "powershell";

const SHELLS: readonly EnvShell[] = ["sh", "fish", "powershell"];

/** The name under which ssh knows a machine: its own could be that of another host. */
export function sshAliasOf(machine: string): string {
  return `vfm-${machine}`;
}

/**
 * Docker over SSH, so that TLS needs no set-up. Docker calls the system's `ssh`, which finds the
 * machine, its key and its host key through the block of `vfm ssh-config`.
 */
export function dockerHostOf(alias: string): string {
  return `ssh://${alias}`;
}

/** The shell that was asked for, or that `$SHELL` names; undefined when there is no such. */
export function envShellOf(
  asked: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): EnvShell | undefined {
  if (asked === undefined) return /(?:^|\/)fish$/.test(env["SHELL"] ?? "") ? "fish" : "sh";
  if (asked === "bash" || asked === "zsh") return "sh";
  if (asked === "pwsh") return "powershell";
  return SHELLS.find((shell) => shell === asked);
}

/** One line that sets a variable, or that takes it back. */
export function envLine(shell: EnvShell, name: string, value: string | undefined): string {
  const { set, unset } = LINES[shell];
  return value === undefined ? unset(name) : set(name, value);
}

function quoteSh(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** In fish's single quotes a backslash may hide a quote or a backslash. */
function quoteFish(value: string): string {
  return `'${value.replaceAll("\\", String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;
}

/** PowerShell takes the typographic quotes for the plain one; doubled, each stands for itself. */
function quotePowerShell(value: string): string {
  return `'${value.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}

const LINES: Readonly<
  Record<
    EnvShell,
    { set: (name: string, value: string) => string; unset: (name: string) => string }
  >
> = {
  sh: {
    set: (name, value) => `export ${name}=${quoteSh(value)}`,
    unset: (name) => `unset ${name}`,
  },
  fish: {
    set: (name, value) => `set -gx ${name} ${quoteFish(value)}`,
    unset: (name) => `set -e ${name}`,
  },
  powershell: {
    set: (name, value) => `$Env:${name} = ${quotePowerShell(value)}`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  },
};
