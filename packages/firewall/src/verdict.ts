import type { MacosVersion } from "@vfkit-machine/host";
import { SIGNED_COVERS_BOOTPD_MACOS_MAJOR } from "./defaults.js";
import type { BootpdCause, BootpdRule, BootpdVerdict, FirewallState } from "./types.js";

const REASONS: Readonly<Record<BootpdCause, string>> = {
  "no-firewall": "there is no application firewall on this host",
  disabled: "the application firewall is disabled",
  unknown: "the application firewall did not say whether it blocks bootpd",
  "block-all": "the application firewall blocks all incoming connections",
  "signed-allowed": "the application firewall allows built-in signed software, bootpd included",
  "rule-allows": "the application firewall allows incoming connections to bootpd",
  "rule-blocks": "the application firewall blocks incoming connections to bootpd",
  "not-listed": "the application firewall has no rule that allows bootpd",
};

const BY_RULE: Readonly<Record<BootpdRule, BootpdCause>> = {
  allowed: "rule-allows",
  blocked: "rule-blocks",
  "not-listed": "not-listed",
  unknown: "unknown",
};

/**
 * Does the firewall keep bootpd from hearing the guests? Pure. Where the firewall did not say, the
 * answer is no: a wrong yes would ask people for their password for nothing.
 *
 * @param macosVersion undefined is taken for a current one, where allowing signed software is enough
 */
export function isBootpdBlocked(
  state: FirewallState,
  macosVersion: MacosVersion | undefined,
): BootpdVerdict {
  const cause = findCause(state, macosVersion);
  const blocked = cause === "block-all" || cause === "rule-blocks" || cause === "not-listed";
  return { blocked, cause, reason: REASONS[cause] };
}

function findCause(state: FirewallState, macosVersion: MacosVersion | undefined): BootpdCause {
  if (state.tool === "not-present") return "no-firewall";
  if (state.enabled === false) return "disabled";
  if (state.enabled === undefined) return "unknown";
  if (state.blockAll === true) return "block-all";
  const covered =
    macosVersion === undefined || macosVersion.major >= SIGNED_COVERS_BOOTPD_MACOS_MAJOR;
  if (state.allowSigned === true && covered) return "signed-allowed";
  return BY_RULE[state.bootpd];
}
