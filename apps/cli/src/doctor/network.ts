import { describeLeases, isExpired, readLeases } from "@vfkit-machine/dhcp-leases";
import { isBootpdBlocked, readFirewallState, unblockCommands } from "@vfkit-machine/firewall";
import {
  findExecutable,
  isMachineError,
  readMacosVersion,
  systemErrorCode,
} from "@vfkit-machine/host";
import { connect } from "node:net";
import { counted, findingOf, type Check, type Finding } from "./types.js";

const TIMEOUT_MS = 10_000;
const CONNECT_MS = 2_000;
/** Of about 253 addresses of a network; a lease lasts a day. */
const POOL_FILLS_UP = 200;
/** Nobody's address: to ask about the file and not about a machine. */
const NOBODY = "02:00:00:00:00:00";

export const checkFirewall: Check = async ({ host, signal }) => {
  const [state, macosVersion] = await Promise.all([
    readFirewallState(host, { signal }),
    readMacosVersion(host),
  ]);
  const { blocked, cause, reason } = isBootpdBlocked(state, macosVersion);
  if (!blocked) return [{ check: "firewall", status: "pass", message: reason }];
  const hint = state.managed
    ? "A profile manages this Mac's firewall: ask who manages it to allow /usr/libexec/bootpd."
    : cause === "block-all"
      ? "System Settings > Network > Firewall > Options: switch off Block all incoming connections."
      : `Let bootpd through (vfm start does it when sudo allows):\n${unblockCommands(host).join("\n")}
If it says that settings cannot be modified, a profile manages this Mac: ask who manages it.`;
  return [
    { check: "firewall", status: "fail", message: `${reason}: no guest gets an address`, hint },
  ];
};

/** Internet Sharing, or a person, may have switched off the DHCP server itself. */
export const checkBootpd: Check = async ({ host, signal }) => {
  const launchctl = await findExecutable(host, "launchctl");
  if (launchctl === undefined) return [];
  const { stdout } = await host.runner.run(launchctl, ["print-disabled", "system"], {
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  const disabled = /"com\.apple\.bootpd"\s*=>\s*(?:disabled|true)/.test(stdout);
  const finding = findingOf("bootpd");
  if (!disabled) return finding("pass", "bootpd is not disabled");
  return finding(
    "fail",
    "bootpd is disabled: no guest gets an address",
    "sudo launchctl enable system/com.apple.bootpd && sudo launchctl kickstart system/com.apple.bootpd",
  );
};

export const checkLeases: Check = async ({ host, machines }) => {
  const finding = findingOf("leases");
  try {
    const { isPresent, leases, skippedCount, path } = await readLeases({
      path: host.paths.dhcpdLeases,
    });
    if (!isPresent) {
      const running = machines.some(({ state }) => state === "Running");
      return running
        ? finding("warn", `${path} does not exist although a machine runs`, "Look at the firewall.")
        : finding("pass", "bootpd has given no lease yet");
    }
    const { counts } = describeLeases(leases, NOBODY, host.clock.now());
    const message = `${counted(counts.total, "lease")}, ${counts.unexpired} valid, in ${path}`;
    const nowMs = host.clock.now();
    const stale = machines.find(
      ({ state, ip }) =>
        state === "Running" &&
        ip !== undefined &&
        !leases.some((lease) => lease.ipAddress === ip && !isExpired(lease, nowMs)),
    );
    if (stale !== undefined) {
      return finding(
        "warn",
        `the lease of ${stale.name} for ${stale.ip} has run out: bootpd may give the address away`,
        `Let it ask anew: vfm restart ${stale.name}`,
      );
    }
    if (counts.largestPool >= POOL_FILLS_UP) {
      return finding(
        "warn",
        `${counts.largestPool} of about 253 addresses of one network are taken`,
        `Leases last a day. With all machines stopped: sudo rm ${path}`,
      );
    }
    if (counts.duid > 0) {
      return finding(
        "warn",
        `${message}; ${counts.duid} under a DUID instead of a MAC address`,
        "Those guests cannot be found: let them send their MAC address (netplan: dhcp-identifier: mac).",
      );
    }
    if (skippedCount > 0) {
      return finding("warn", `${message}; ${skippedCount} entries that cannot be read`);
    }
    return finding("pass", message);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    return finding("fail", error.message, error.hint);
  }
};

/**
 * A valid lease and no way there: macOS 15 and later ask whether the terminal program may reach the
 * local network, and whoever said no gets EHOSTUNREACH.
 */
export const checkReach: Check = async ({ machines, signal }) => {
  const running = machines.filter(({ state, ip }) => state === "Running" && ip !== undefined);
  const findings = await Promise.all(
    running.map(async ({ name, ip = "" }): Promise<Finding> => {
      const code = await tryConnect(ip, signal);
      if (code === undefined || code === "ECONNREFUSED") {
        return { check: "reach", status: "pass", message: `${name} is reached at ${ip}` };
      }
      const denied = code === "EHOSTUNREACH" || code === "EPERM";
      return {
        check: "reach",
        status: "fail",
        message: `${name} is not reached at ${ip}: ${code}`,
        hint: denied
          ? "System Settings > Privacy & Security > Local Network: allow your terminal program."
          : `Look at vfm logs ${name}.`,
      };
    }),
  );
  return findings;
};

function tryConnect(host: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22, signal });
    socket.setTimeout(CONNECT_MS, () => {
      socket.destroy();
      resolve("no answer");
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error) => resolve(systemErrorCode(error) ?? String(error)));
  });
}
