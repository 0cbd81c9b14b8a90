import { waitForLease, type Lease } from "@vfkit-machine/dhcp-leases";
import { forgetHostKey, waitForSsh, type FailedAttempt } from "@vfkit-machine/guest-ssh";
import { isMachineError, removeIfPresent } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { leaseError, type GuestSeen } from "./diagnose.js";
import { flushNewDisk } from "./flush-new-disk.js";
import { sshTarget } from "./guest-target.js";
import { linkedController } from "./linked-controller.js";
import { isNewLease, type KnownLeases } from "./known-leases.js";
import { exists } from "./vfkit-process.js";
import { watchBoot } from "./watch-boot.js";

/**
 * Waits until the guest has an address and answers SSH there. The leases file only names candidates:
 * each is tried, side by side, and the one counts that lets our key in. So a stale lease, or an
 * address that is another machine's by now, costs nothing and proves nothing.
 *
 * @param known the leases that were there before the machine was started
 * @returns the address
 * @throws MachineError `ERR_NO_LEASE`, `ERR_SSH_TIMEOUT`, `ERR_SSH_AUTH_FAILED`, `ERR_GUEST_PANIC`, `ERR_FIREWALL_...`,
 *   `ERR_ABORTED`
 */
export async function waitForGuest(
  step: Step,
  known: KnownLeases,
  timeoutMs: number,
): Promise<string> {
  const { host, config, paths, operation, signal } = step;
  const seen: GuestSeen = { attempts: new Map(), fresh: new Set(), refusedSinceMs: new Map() };
  operation.emit("start.lease.waiting", { macAddress: config.macAddress });
  // Many guests make new host keys whenever they boot: what was pinned is good for one run.
  await forgetHostKey({ knownHostsPath: paths.knownHosts, hostKeyAlias: config.name });
  using controller = linkedController(signal);
  const found = waitForLease({
    macAddress: config.macAddress,
    path: host.paths.dhcpdLeases,
    bootptabPath: host.paths.bootptab,
    clock: host.clock,
    timeoutMs,
    signal: controller.signal,
    accept: (lease, options) => answers({ ...step, signal: options.signal }, lease, known, seen),
  });
  const watching = watchBoot(step, seen, controller.signal);
  try {
    return (await Promise.race([found, watching])).ipAddress;
  } catch (error) {
    throw isMachineError(error, "ERR_LEASE_TIMEOUT")
      ? await leaseError(step, known, seen, error)
      : error;
  } finally {
    controller.abort();
    await Promise.allSettled([found, watching]);
  }
}

async function answers(
  step: Step,
  lease: Lease,
  known: KnownLeases,
  seen: GuestSeen,
): Promise<boolean> {
  const { operation, signal, host, paths } = step;
  const { ipAddress: ip } = lease;
  const announce = (): void => {
    operation.emit("start.lease.found", { ip });
    operation.emit("start.ssh.waiting", { ip });
  };
  const isFresh = isNewLease(lease, known);
  if (isFresh && !seen.fresh.has(ip)) announce();
  if (isFresh) seen.fresh.add(ip);
  const onAttempt = ({ message, reason }: FailedAttempt): void => {
    seen.attempts.set(ip, message);
    if (reason !== "auth-failed") seen.refusedSinceMs.delete(ip);
    else if (!seen.refusedSinceMs.has(ip)) seen.refusedSinceMs.set(ip, host.clock.monotonicMs());
  };
  try {
    // The deadline is that of the whole wait, which aborts the signal.
    await waitForSsh(sshTarget(step, ip), {
      signal,
      clock: host.clock,
      timeoutMs: 2 ** 31 - 1,
      onAttempt,
    });
  } catch (error) {
    if (!isMachineError(error, "ERR_SSH_HOST_KEY_CHANGED")) throw error;
    seen.attempts.set(ip, error.message);
    return false;
  }
  if (await exists(paths.newDisk)) await flushNewDisk(step, ip);
  await removeIfPresent(paths.newDisk);
  if (!isFresh) announce();
  operation.emit("start.ssh.ready", { ip });
  return true;
}
