import { describeLeases, readLeases } from "@vfkit-machine/dhcp-leases";
import { isBootpdBlocked, readFirewallState } from "@vfkit-machine/firewall";
import {
  indent,
  isMachineError,
  MachineError,
  readLastLines,
  readMacosVersion,
  type Host,
} from "@vfkit-machine/host";
import type { Step } from "./context.js";

/** What was seen of the guest while it was waited for. */
export interface GuestSeen {
  /** By address: what the last attempt to log in there met. */
  readonly attempts: Map<string, string>;
  /** Addresses that the leases did not have before the start. */
  readonly fresh: Set<string>;
}

/**
 * The error for a guest that did not come: says at which addresses it was tried and what was met
 * there or, without any address, why there may be none. Always with the end of the serial log.
 */
export async function leaseError(
  step: Step,
  seen: GuestSeen,
  timeout: MachineError,
): Promise<MachineError> {
  const { config, paths } = step;
  const lines = await readLastLines(paths.serialLog);
  const serial = lines.length === 0 ? "" : `\nthe end of its serial log:\n${indent(lines)}`;
  if (seen.attempts.size > 0) {
    const met = [...seen.attempts.values()].map((message) => `  ${message}`).join("\n");
    return new MachineError(`${config.name} does not answer SSH:\n${met}${serial}`, {
      code: "ERR_SSH_TIMEOUT",
      hint: `Look at its whole boot in ${paths.serialLog}.`,
      cause: timeout,
    });
  }
  const causes = await findCauses(step);
  return new MachineError(
    `${config.name} got no address: no DHCP lease for ${config.macAddress}:\n` +
      `${indent(causes.map(({ what }) => what))}${serial}`,
    {
      code: "ERR_NO_LEASE",
      hint: causes.find(({ hint }) => hint !== undefined)?.hint,
      cause: timeout,
    },
  );
}

interface Cause {
  readonly what: string;
  readonly hint: string | undefined;
}

async function findCauses({ host, config }: Step): Promise<readonly Cause[]> {
  const [firewall, disabled, leases] = await Promise.all([
    firewallCause(host),
    bootpdDisabled(host),
    readLeases({ path: host.paths.dhcpdLeases }).catch(messageOf),
  ]);
  const found =
    typeof leases === "string"
      ? { what: leases, hint: undefined }
      : causeIn(leases.isPresent ? leases.leases : undefined);
  return [firewall, disabled, found].filter((cause) => cause !== undefined);

  function causeIn(list: Parameters<typeof describeLeases>[0]): Cause {
    const { message, hint } = describeLeases(list, config.macAddress, host.clock.now());
    return { what: message, hint };
  }
}

async function firewallCause(host: Host): Promise<Cause | undefined> {
  const [state, macosVersion] = await Promise.all([
    readFirewallState(host),
    readMacosVersion(host),
  ]);
  const { blocked, reason } = isBootpdBlocked(state, macosVersion);
  if (!blocked) return undefined;
  return { what: reason, hint: "Allow incoming connections to bootpd in the firewall's options." };
}

/** bootpd is started by launchd when a guest asks; somebody may have forbidden that. */
async function bootpdDisabled(host: Host): Promise<Cause | undefined> {
  const result = await host.runner
    .run("/bin/launchctl", ["print-disabled", "system"], { timeoutMs: 5_000 })
    .catch(messageOf);
  // No launchctl, no answer: no cause to name.
  if (typeof result === "string") return undefined;
  if (!/"com\.apple\.bootpd"\s*=>\s*(?:true|disabled)/.test(result.stdout)) return undefined;
  return {
    what: "bootpd is disabled in launchd",
    hint: "Enable it: sudo launchctl enable system/com.apple.bootpd && sudo launchctl load -w /System/Library/LaunchDaemons/bootps.plist",
  };
}

function messageOf(error: unknown): string {
  if (isMachineError(error)) return error.message;
  throw error;
}
