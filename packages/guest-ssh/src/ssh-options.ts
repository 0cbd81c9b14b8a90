import type { SshTarget } from "./types.js";

/** An option of ssh_config(5), with its value as a configuration file spells it. */
export type SshOption = readonly [name: string, value: string];

/**
 * What makes the system's `ssh` use this target's key and host key, and nothing of the user's: no
 * agent, no other keys, no other known hosts, no shared connection.
 */
export function identityOptions(target: SshTarget): SshOption[] {
  return [
    ["IdentityFile", quotePath(target.privateKeyPath)],
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", "none"],
    ["UserKnownHostsFile", quotePath(target.knownHostsPath)],
    ["GlobalKnownHostsFile", "/dev/null"],
    // Names in known_hosts are compared in lower case.
    ["HostKeyAlias", target.hostKeyAlias.toLowerCase()],
    ["HashKnownHosts", "no"],
    ["UpdateHostKeys", "no"],
    ["CheckHostIP", "no"],
    // Pins at first contact, refuses a change. OpenSSH 7.6 and later.
    ["StrictHostKeyChecking", "accept-new"],
    ["PreferredAuthentications", "publickey"],
    ["ControlMaster", "no"],
    ["ControlPath", "none"],
    ["ForwardAgent", "no"],
  ];
}

/** What keeps a single call quiet and bounded: no questions, 10 s to connect, 3 min without a sign of life. */
export const CALL_OPTIONS: readonly SshOption[] = [
  ["BatchMode", "yes"],
  ["LogLevel", "ERROR"],
  ["ConnectTimeout", "10"],
  ["ServerAliveInterval", "60"],
  ["ServerAliveCountMax", "3"],
];

// `%` begins a token in paths; assertTarget has refused what no quoting expresses.
function quotePath(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
