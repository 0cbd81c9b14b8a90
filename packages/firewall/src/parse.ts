import type { BootpdRule } from "./types.js";

// socketfilterfw has no machine-readable output and has changed its words several times. Each
// function knows every wording that was found published for macOS 13 to 26 (test/fixtures); what it
// does not know is undefined, never a guess.

/** What `--getglobalstate` prints, as in `Firewall is enabled. (State = 1)`. */
export function parseGlobalState(stdout: string): { enabled?: boolean; blockAll?: boolean } {
  const state = /\(State\s*=\s*(\d)\)/i.exec(stdout)?.[1];
  // 0 off, 1 by rules, 2 all but essential services: `globalstate` of com.apple.alf.
  if (state === "2" || blocksAll(stdout)) return { enabled: true, blockAll: true };
  if (state === "0" || /firewall is disabled/i.test(stdout)) return { enabled: false };
  if (state === "1" || /firewall is enabled/i.test(stdout)) return { enabled: true };
  return {};
}

/** What `--getblockall` prints: `Block all DISABLED!`, `Firewall has block all state set to enabled.` */
export function parseBlockAll(stdout: string): boolean | undefined {
  if (blocksAll(stdout)) return true;
  const word = /block all(?: state set to| is)? (enabled|disabled|on|off)\b/i.exec(stdout)?.[1];
  return word === undefined ? undefined : isOn(word);
}

/**
 * What `--getallowsigned` prints of built-in programs: `Automatically allow built-in signed software
 * ENABLED.`, before macOS 15 `... allow signed built-in software ENABLED`. Downloaded ones have a
 * line of their own, which says nothing of bootpd.
 */
export function parseAllowSigned(stdout: string): boolean | undefined {
  const line =
    /^\s*automatically allow (?:built-in signed|signed built-in) software (enabled|disabled)\b/im;
  const word = line.exec(stdout)?.[1];
  return word === undefined ? undefined : isOn(word);
}

/**
 * What `--listapps` says of the program at `path`: the rule is on the line after the path, in
 * parentheses, or on the same line.
 */
export function parseAppRule(stdout: string, path: string): BootpdRule {
  const lines = stdout.split(/\r?\n/);
  if (!lines.some((line) => /total number of app/i.test(line) || entryPath(line) !== undefined)) {
    return "unknown";
  }
  const index = lines.findIndex((line) => entryPath(line) === path);
  if (index < 0) return "not-listed";
  return ruleIn(lines[index]) ?? ruleIn(nextLine(lines, index)) ?? "unknown";
}

/** Does the tool say that a profile manages the firewall? It then exits with code 0 and changes nothing. */
export function saysManaged(output: string): boolean {
  return /cannot be modified\b.*\bmanaged/is.test(output);
}

const RULE = /\(\s*(allow|block)\s+incoming connections\s*\)\s*$/i;

/** The path in `12 :  /usr/libexec/bootpd`, without a rule that may stand behind it. */
function entryPath(line: string): string | undefined {
  return /^\s*\d+\s*:\s*(\/.*)$/.exec(line)?.[1]?.replace(RULE, "").trim();
}

function ruleIn(line: string | undefined): "allowed" | "blocked" | undefined {
  const word = RULE.exec(line ?? "")?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  return word === "allow" ? "allowed" : "blocked";
}

/** The line after, blank ones passed over, unless it is the next program's. */
function nextLine(lines: readonly string[], index: number): string | undefined {
  const next = lines.slice(index + 1).find((line) => line.trim() !== "");
  return next === undefined || entryPath(next) !== undefined ? undefined : next;
}

function blocksAll(text: string): boolean {
  return /block(?:ing)? all non-essential/i.test(text);
}

function isOn(word: string): boolean {
  return /^(?:enabled|on)$/i.test(word);
}
