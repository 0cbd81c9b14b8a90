import { readBootptab, readLeases, findLeases } from "@vfkit-machine/dhcp-leases";
import { waitForSsh } from "@vfkit-machine/guest-ssh";
import { isMachineError, MachineError, removeIfPresent } from "@vfkit-machine/host";
import type { Subject } from "./context.js";
import { TIMES } from "./defaults.js";
import { sshTarget } from "./guest-target.js";
import { readState } from "./state.js";

/**
 * The guest's address: the one at which it answered when it was started, when it still answers there;
 * else the first of its leases at which it lets our key in.
 *
 * @throws MachineError `ERR_NOT_RUNNING`, `ERR_NO_LEASE`, `ERR_ABORTED`
 */
export async function findAddress(
  subject: Subject,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { config } = subject;
  const { state, found } = await readState(subject, signal);
  if (found.info === undefined) {
    throw new MachineError(`${config.name} is not running: it is ${state}`, {
      code: "ERR_NOT_RUNNING",
      hint: `Start it with vfm start ${config.name}.`,
    });
  }
  const recorded = found.record?.ip;
  // A paused guest answers nobody, and takes no new address either.
  if (recorded !== undefined && state === "Paused") return recorded;
  if (recorded !== undefined && (await answersAt(subject, recorded, "banner", signal))) {
    return recorded;
  }
  const candidates = await leasedAddresses(subject);
  const others = candidates.filter((ip) => ip !== recorded);
  const answers = await Promise.all(
    others.map(async (ip) => ((await answersAt(subject, ip, "login", signal)) ? ip : undefined)),
  );
  const answer = answers.find((ip) => ip !== undefined);
  if (answer !== undefined) return answer;
  // Busy, or its SSH is down: the lease still says where it is.
  if (recorded !== undefined && candidates.includes(recorded)) return recorded;
  throw new MachineError(
    candidates.length === 0
      ? `${config.name} has no DHCP lease for ${config.macAddress}`
      : `${config.name} answers at none of its leases: ${candidates.join(", ")}`,
    {
      code: "ERR_NO_LEASE",
      hint: "It may still be booting, or be on another network: look at its serial log.",
    },
  );
}

async function leasedAddresses({ host, config }: Subject): Promise<string[]> {
  const query = { macAddress: config.macAddress, validAtMs: host.clock.now() };
  const [leases, bootptab] = await Promise.all([
    readLeases({ path: host.paths.dhcpdLeases }),
    readBootptab({ path: host.paths.bootptab }),
  ]);
  const found = [...findLeases(bootptab.leases, query), ...findLeases(leases.leases, query)];
  return [...new Set(found.map(({ ipAddress }) => ipAddress))];
}

async function answersAt(
  subject: Subject,
  ip: string,
  probe: "banner" | "login",
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { clock } = subject.host;
  try {
    await waitForSsh(sshTarget(subject, ip), { probe, signal, clock, timeoutMs: TIMES.probeMs });
    // From here on somebody's data may be on the disk, however the start ended.
    if (probe === "login") await removeIfPresent(subject.paths.newDisk);
    return true;
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    return false;
  }
}
