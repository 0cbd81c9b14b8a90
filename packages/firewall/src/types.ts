/** What the list of applications says of bootpd; `unknown` when the list could not be read. */
export type BootpdRule = "allowed" | "blocked" | "not-listed" | "unknown";

/** What the application firewall says of itself. Undefined: it did not say, or not in words we know. */
export interface FirewallState {
  /** `not-present`: there is no socketfilterfw (not macOS). Then nothing is enabled. */
  readonly tool: "present" | "not-present";
  readonly enabled: boolean | undefined;
  /** "Block all incoming connections": overrides every rule. */
  readonly blockAll: boolean | undefined;
  /** Apple's own signed programs are allowed without a rule. */
  readonly allowSigned: boolean | undefined;
  readonly bootpd: BootpdRule;
  /** It says that a profile manages it and that it cannot be changed from here. Often said only when one tries. */
  readonly managed: boolean;
}

/** Why bootpd does not get the guests' requests, or why it does. */
export type BootpdCause =
  | "no-firewall"
  | "disabled"
  | "unknown"
  | "block-all"
  | "signed-allowed"
  | "rule-allows"
  | "rule-blocks"
  | "not-listed";

/** The answer of {@link isBootpdBlocked}. */
export interface BootpdVerdict {
  readonly blocked: boolean;
  readonly cause: BootpdCause;
  /** The cause as a sentence for people. */
  readonly reason: string;
}
