import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FirewallState } from "./types.js";
import { isBootpdBlocked } from "./verdict.js";

const version = (major: number) => ({ major, minor: 0, patch: 0 });
const state = (overrides: Partial<FirewallState>): FirewallState => ({
  tool: "present",
  enabled: true,
  blockAll: false,
  allowSigned: false,
  bootpd: "not-listed",
  managed: false,
  ...overrides,
});

describe("isBootpdBlocked", () => {
  it.each<[string, Partial<FirewallState>, number | undefined, boolean, string]>([
    ["no firewall", { tool: "not-present", enabled: false }, undefined, false, "no-firewall"],
    ["disabled", { enabled: false, bootpd: "blocked" }, 15, false, "disabled"],
    ["says nothing", { enabled: undefined, bootpd: "blocked" }, 15, false, "unknown"],
    ["block all beats a rule", { blockAll: true, bootpd: "allowed" }, 15, true, "block-all"],
    ["block all beats signed", { blockAll: true, allowSigned: true }, 26, true, "block-all"],
    ["signed from 15 on", { allowSigned: true }, 15, false, "signed-allowed"],
    ["signed, any version", { allowSigned: true }, undefined, false, "signed-allowed"],
    ["signed is not enough before 15", { allowSigned: true }, 14, true, "not-listed"],
    [
      "signed before 15, with a rule",
      { allowSigned: true, bootpd: "allowed" },
      14,
      false,
      "rule-allows",
    ],
    ["rule allows", { bootpd: "allowed" }, 26, false, "rule-allows"],
    ["rule blocks", { bootpd: "blocked" }, 26, true, "rule-blocks"],
    ["not listed", { bootpd: "not-listed" }, 26, true, "not-listed"],
    ["list unreadable", { bootpd: "unknown" }, 26, false, "unknown"],
  ])("%s", (_, overrides, major, blocked, cause) => {
    const verdict = isBootpdBlocked(
      state(overrides),
      major === undefined ? undefined : version(major),
    );
    expect(verdict).toMatchObject({ blocked, cause });
    expect(verdict.reason).toMatch(/firewall/);
  });

  it("never says blocked of a firewall that is off or absent", () => {
    fc.assert(
      fc.property(
        fc.record({
          tool: fc.constantFrom("present" as const, "not-present" as const),
          enabled: fc.constant(false),
          blockAll: fc.option(fc.boolean(), { nil: undefined }),
          allowSigned: fc.option(fc.boolean(), { nil: undefined }),
          bootpd: fc.constantFrom(
            "allowed" as const,
            "blocked" as const,
            "not-listed" as const,
            "unknown" as const,
          ),
          managed: fc.boolean(),
        }),
        fc.integer({ min: 11, max: 30 }),
        (any, major) => {
          expect(isBootpdBlocked(any, version(major)).blocked).toBe(false);
        },
      ),
    );
  });
});
