import {
  describeLeases,
  findLeases,
  readBootptab,
  readLeases,
  type Lease,
} from "@vfkit-machine/dhcp-leases";
import {
  indent,
  isMachineError,
  MachineError,
  readLastLines,
  type Host,
} from "@vfkit-machine/host";
import { readBootpdVerdict } from "./bootpd-verdict.js";
import type { Step } from "./context.js";
import { networkAround, rivalInterfaces } from "./host-networks.js";
import { isNewLease, type KnownLeases } from "./known-leases.js";
import { exists } from "./vfkit-process.js";

/** What was seen of the guest while it was waited for. */
export interface GuestSeen {
  /** By address: what the last attempt to log in there met. */
  readonly attempts: Map<string, string>;
  /** Addresses that the leases did not have before the start. */
  readonly fresh: Set<string>;
  /** By address: since when each attempt there was refused the key, on the monotonic clock. */
  readonly refusedSinceMs: Map<string, number>;
}

/**
 * The error for a guest that did not come: says at which addresses it was tried and what was met
 * there or, without an address since the start, why there may be none. Always with the end of the
 * serial log.
 *
 * @param known the leases that were there before the start: one of these alone is of an earlier run
 */
export async function leaseError(
  step: Step,
  known: KnownLeases,
  seen: GuestSeen,
  timeout: MachineError,
): Promise<MachineError> {
  const { config, paths } = step;
  const serial = await serialEnd(step);
  if (seen.attempts.size > 0 && (await hasNewAddress(step, known, seen))) {
    const isRefused = seen.refusedSinceMs.size > 0 && (await exists(paths.newDisk));
    return new MachineError(
      `${config.name} does not answer SSH:\n${indent([...seen.attempts.values()])}${serial}`,
      {
        code: "ERR_SSH_TIMEOUT",
        hint:
          (isRefused ? lostKeyHint(step) : undefined) ??
          conflictHint(step, seen) ??
          `Look at its whole boot in ${paths.serialLog}.`,
        cause: timeout,
      },
    );
  }
  const causes = await findCauses(step);
  const hint = causes.find((cause) => cause.hint !== undefined)?.hint;
  const why = causes.map(({ what }) => what);
  if (seen.attempts.size > 0) {
    return new MachineError(
      `${config.name} got no address: no new DHCP lease for ${config.macAddress} since it was started, ` +
        `and where an earlier run had its address nobody lets us in:\n` +
        `${indent([...seen.attempts.values(), ...why])}${serial}`,
      { code: "ERR_NO_LEASE", hint: hint ?? NO_NEW_LEASE, cause: timeout },
    );
  }
  return new MachineError(
    `${config.name} got no address: no DHCP lease for ${config.macAddress}:\n${indent(why)}${serial}`,
    { code: "ERR_NO_LEASE", hint, cause: timeout },
  );
}

/**
 * The error for a guest that refuses the key in its first boot, and for longer than one does which has
 * yet to unpack it.
 *
 * @param ip where it does
 */
export async function refusedKeyError(
  step: Step,
  seen: GuestSeen,
  ip: string,
): Promise<MachineError> {
  const { config } = step;
  const met = seen.attempts.get(ip) ?? ip;
  return new MachineError(
    `${config.name} lets nobody in:\n${indent([met])}${await serialEnd(step)}`,
    {
      code: "ERR_SSH_AUTH_FAILED",
      hint: lostKeyHint(step),
    },
  );
}

async function serialEnd({ paths }: Step): Promise<string> {
  const lines = await readLastLines(paths.serialLog);
  return lines.length === 0 ? "" : `\nthe end of its serial log:\n${indent(lines)}`;
}

/** A first boot that was cut off between formatting and unpacking leaves a disk without the key. */
function lostKeyHint({ config }: Step): string {
  return (
    `No guest has let anybody in on this disk: this one does not unpack the key as a boot2docker guest ` +
    `does, or an earlier first boot was cut off before it could. Nothing of yours is on it: remove it ` +
    `with vfm rm ${config.name} and create it again.`
  );
}

/** vmnet's network may be one that the computer has already: then nothing reaches the guest. */
function conflictHint({ host, config }: Step, { attempts }: GuestSeen): string | undefined {
  for (const ip of attempts.keys()) {
    const network = networkAround(ip, rivalInterfaces(host));
    if (network === undefined) continue;
    const elsewhere =
      config.network === "nat"
        ? "; or use the network vmnet-shared, which is given another one"
        : ", or stop and start it again";
    return (
      `What is meant for ${ip} goes out to ${network.interfaceName}, whose own network ` +
      `${network.cidr} has that address too: leave that network${elsewhere}.`
    );
  }
  return undefined;
}

const NO_NEW_LEASE =
  "Look at the guest's boot in its serial log: did it ask for an address? If it did, bootpd does not hear it: vfm doctor says why.";

/** Has it an address that the run before cannot have left, a static binding among them? */
async function hasNewAddress(
  { host, config }: Step,
  known: KnownLeases,
  seen: GuestSeen,
): Promise<boolean> {
  if (seen.fresh.size > 0) return true;
  const { macAddress } = config;
  const [leases, bootptab] = await Promise.all([
    readLeases({ path: host.paths.dhcpdLeases }).catch(noLeases),
    readBootptab({ path: host.paths.bootptab }).catch(noLeases),
  ]);
  // A lease that was renewed while its address was already being tried.
  const renewed = findLeases(leases.leases, { macAddress }).some((lease) =>
    isNewLease(lease, known),
  );
  return renewed || findLeases(bootptab.leases, { macAddress }).length > 0;
}

/** A file that cannot be read: the wait has met it, and its error says so. */
function noLeases(error: unknown): { readonly leases: readonly Lease[] } {
  if (!isMachineError(error)) throw error;
  return { leases: [] };
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

  function causeIn(list: Parameters<typeof describeLeases>[0]): Cause | undefined {
    const { finding, message, hint } = describeLeases(list, config.macAddress, host.clock.now());
    // What was met at the address that it has is said beside.
    return finding === "found" ? undefined : { what: message, hint };
  }
}

async function firewallCause(host: Host): Promise<Cause | undefined> {
  const verdict = await readBootpdVerdict(host).catch(messageOf);
  // It may block or not: what it met instead of an answer is all that can be said.
  if (typeof verdict === "string") return { what: verdict, hint: undefined };
  if (!verdict.blocked) return undefined;
  return {
    what: verdict.reason,
    hint: "Allow incoming connections to bootpd in the firewall's options.",
  };
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
