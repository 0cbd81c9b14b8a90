import type { MachineSummary } from "@vfkit-machine/driver";
import type { Host } from "@vfkit-machine/host";

/** What one check saw. */
export interface Finding {
  /** Short and stable, as in `vfkit` or `firewall`. */
  readonly check: string;
  readonly status: "pass" | "warn" | "fail";
  /** What was seen; for a failure, the cause. */
  readonly message: string;
  /** What the person does about it. */
  readonly hint?: string | undefined;
  /** `--fix` did something about it. */
  readonly fixed?: boolean | undefined;
}

/** What every check works with. */
export interface Examination {
  readonly host: Host;
  /** Absolute path of the store, which need not exist. */
  readonly storeDir: string;
  readonly machines: readonly MachineSummary[];
  /** Paths of stale files that were there before `machines` was read, and no longer are. */
  readonly swept: readonly string[];
  readonly signal: AbortSignal;
  /** May what is safe be done? */
  readonly fix: boolean;
}

export type Check = (examination: Examination) => Promise<readonly Finding[]>;

/** As in `1 lease` or `2 leases`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The gravest of several. */
export function worst(findings: readonly Finding[]): Finding["status"] {
  const has = (status: Finding["status"]): boolean =>
    findings.some((finding) => finding.status === status);
  return has("fail") ? "fail" : has("warn") ? "warn" : "pass";
}

/** Makes the findings of a check that has one. */
export function findingOf(
  check: string,
): (status: Finding["status"], message: string, hint?: string) => readonly Finding[] {
  return (status, message, hint) => [{ check, status, message, hint }];
}
