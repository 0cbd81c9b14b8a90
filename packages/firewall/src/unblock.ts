import {
  indent,
  isMachineError,
  lastLines,
  MachineError,
  quoteArgv,
  readMacosVersion,
  runAsRoot,
  type CommandResult,
  type Host,
  type MacosVersion,
  type SudoOptions,
} from "@vfkit-machine/host";
import { saysManaged } from "./parse.js";
import { readFirewallState } from "./read.js";
import type { BootpdVerdict, FirewallState } from "./types.js";
import { isBootpdBlocked } from "./verdict.js";

export interface UnblockOptions extends SudoOptions {
  /** Default: asked of the host. */
  readonly macosVersion?: MacosVersion | undefined;
}

/** `not-blocked`: nothing had to be done, and nothing was. */
export interface UnblockResult {
  readonly outcome: "unblocked" | "not-blocked";
  /** Read after the fact. */
  readonly state: FirewallState;
}

/** What a person would type to let bootpd through the firewall. For messages. */
export function unblockCommands(host: Host): string[] {
  return unblockArgvs(host).map((argv) => `sudo ${quoteArgv(argv)}`);
}

/**
 * Lets bootpd through the firewall when it is blocked, with the two commands of
 * {@link unblockCommands}, and reads back whether it helped: on managed Macs the tool refuses and
 * still exits with code 0. Idempotent. Runs sudo only when bootpd is blocked, and asks a person for
 * the password only with `consent: "ask"`.
 *
 * @throws MachineError `ERR_FIREWALL_MANAGED`, `ERR_FIREWALL_STILL_BLOCKED`, `ERR_SUDO_REFUSED`,
 *   `ERR_COMMAND_FAILED`, `ERR_TIMEOUT` (default 60 s a command), `ERR_ABORTED`
 */
export async function unblockBootpd(
  host: Host,
  options: UnblockOptions = {},
): Promise<UnblockResult> {
  const { signal } = options;
  const macosVersion = options.macosVersion ?? (await readMacosVersion(host));
  const before = await readFirewallState(host, { signal });
  const verdict = isBootpdBlocked(before, macosVersion);
  if (!verdict.blocked) return { outcome: "not-blocked", state: before };
  // No rule helps against it: do not ask for a password in vain.
  if (verdict.cause === "block-all") throw stillBlockedError(host, verdict, []);
  const output = await runUnblock(host, options);
  const state = await readFirewallState(host, { signal });
  const after = isBootpdBlocked(state, macosVersion);
  if (!after.blocked) return { outcome: "unblocked", state };
  if (saysManaged(output)) throw managedError(host, output);
  throw stillBlockedError(host, after, lastLines(output));
}

function unblockArgvs(host: Host): string[][] {
  const { socketfilterfw, bootpd } = host.paths;
  return [
    [socketfilterfw, "--add", bootpd],
    [socketfilterfw, "--unblock", bootpd],
  ];
}

async function runUnblock(host: Host, options: UnblockOptions): Promise<string> {
  try {
    return outputOf(await runAsRoot(host, unblockArgvs(host), options));
  } catch (error) {
    if (isMachineError(error, "ERR_COMMAND_FAILED") && saysManaged(error.message)) {
      throw managedError(host, error.message, error);
    }
    throw error;
  }
}

function outputOf(results: readonly CommandResult[]): string {
  return results.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join("\n");
}

function managedError(host: Host, output: string, cause?: unknown): MachineError {
  const said = indent(lastLines(output, 3));
  return new MachineError(`the application firewall is managed, bootpd stays blocked:\n${said}`, {
    code: "ERR_FIREWALL_MANAGED",
    hint: `Ask those who manage this Mac to allow incoming connections to ${host.paths.bootpd}.`,
    cause,
  });
}

function stillBlockedError(
  host: Host,
  verdict: BootpdVerdict,
  said: readonly string[],
): MachineError {
  const lines = said.length === 0 ? "" : `:\n${indent(said)}`;
  return new MachineError(`bootpd is still blocked: ${verdict.reason}${lines}`, {
    code: "ERR_FIREWALL_STILL_BLOCKED",
    hint:
      verdict.cause === "block-all"
        ? 'Turn off "Block all incoming connections" in System Settings > Network > Firewall > Options.'
        : `Remove its rule, then add it again: ${quoteArgv(["sudo", host.paths.socketfilterfw, "--remove", host.paths.bootpd])}`,
  });
}
