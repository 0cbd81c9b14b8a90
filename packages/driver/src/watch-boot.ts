import {
  indent,
  isMachineError,
  MachineError,
  readLastLines,
  type Host,
} from "@vfkit-machine/host";
import { unblockBootpd, unblockCommands } from "@vfkit-machine/firewall";
import { readBootpdVerdict, type CurrentBootpdVerdict } from "./bootpd-verdict.js";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { refusedKeyError, type GuestSeen } from "./diagnose.js";
import { exists } from "./vfkit-process.js";

const PANIC = /Kernel panic - not syncing|end Kernel panic/;

/**
 * Looks out, while the guest is waited for, for what would make the wait a waste: a panic of its
 * kernel, a first boot in which it lost our key, and a firewall that keeps bootpd from hearing it. A
 * blocked bootpd is unblocked when sudo lets us, and the wait goes on.
 *
 * @param signal ends the watch, but nothing half way: a firewall that is being changed is changed
 * @throws MachineError `ERR_GUEST_PANIC`, `ERR_SSH_AUTH_FAILED`, `ERR_FIREWALL_BLOCKED`, `ERR_ABORTED`
 */
export async function watchBoot(step: Step, seen: GuestSeen, signal: AbortSignal): Promise<never> {
  const { host } = step;
  const began = host.clock.monotonicMs();
  let firewallLooked = false;
  for (;;) {
    await host.clock.sleep(TIMES.bootLookMs, { signal });
    await requireNoPanic(step);
    await requireKey(step, seen);
    const waitedMs = host.clock.monotonicMs() - began;
    if (firewallLooked || seen.fresh.size > 0 || waitedMs < TIMES.leasePatienceMs) continue;
    firewallLooked = true;
    await openFirewall(step);
  }
}

async function requireNoPanic({ config, paths }: Step): Promise<void> {
  const lines = await readLastLines(paths.serialLog, 20);
  if (!lines.some((line) => PANIC.test(line))) return;
  throw new MachineError(`the kernel of ${config.name} panicked:\n${indent(lines)}`, {
    code: "ERR_GUEST_PANIC",
    hint: `The whole boot is in ${paths.serialLog}. Too little memory is a usual cause.`,
  });
}

/** In its first boot alone: later somebody may be logged in who mends the keys. */
async function requireKey(step: Step, seen: GuestSeen): Promise<void> {
  const { host, paths } = step;
  for (const [ip, sinceMs] of seen.refusedSinceMs) {
    // Where an earlier run had its address, another machine may be.
    if (!seen.fresh.has(ip)) continue;
    if (host.clock.monotonicMs() - sinceMs < TIMES.keyPatienceMs) continue;
    if (await exists(paths.newDisk)) throw await refusedKeyError(step, seen, ip);
  }
}

async function openFirewall({ host, operation, signal, sudo }: Step): Promise<void> {
  const verdict = await askFirewall(host, signal);
  if (verdict?.blocked !== true) return;
  const { reason, macosVersion } = verdict;
  operation.emit("start.firewall.blocked", { reason });
  try {
    await unblockBootpd(host, { signal, consent: sudo, macosVersion });
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    throw new MachineError(
      `the guest gets no address: ${reason}, and it could not be changed: ${error.message}`,
      { code: "ERR_FIREWALL_BLOCKED", hint: hintFor(host, error), cause: error },
    );
  }
  operation.emit("start.firewall.unblocked", {});
}

/** One that does not answer is no reason to give up a guest that may yet come. */
async function askFirewall(
  host: Host,
  signal: AbortSignal | undefined,
): Promise<CurrentBootpdVerdict | undefined> {
  try {
    return await readBootpdVerdict(host, signal);
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.warn("could not ask the firewall about bootpd", { error });
    return undefined;
  }
}

function hintFor(host: Host, error: MachineError): string | undefined {
  if (error.code !== "ERR_SUDO_REFUSED") return error.hint;
  return `Let bootpd through the firewall yourself:\n  ${unblockCommands(host).join("\n  ")}`;
}
