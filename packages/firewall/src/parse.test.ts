import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseAllowSigned,
  parseAppRule,
  parseBlockAll,
  parseGlobalState,
  saysManaged,
} from "./parse.js";

const BOOTPD = "/usr/libexec/bootpd";

describe("parseGlobalState", () => {
  it.each([
    ["Firewall is disabled. (State = 0)\n", { enabled: false }],
    ["Firewall is disabled.\n", { enabled: false }],
    ["Firewall is enabled. (State = 1) \r\n", { enabled: true }],
    ["Firewall is enabled.\n", { enabled: true }],
    ["Firewall is enabled. (State = 2) \n", { enabled: true, blockAll: true }],
    [
      "Firewall is blocking all non-essential incoming connections. (State = 2)\n",
      { enabled: true, blockAll: true },
    ],
    ["Firewall settings cannot be modified from command line on managed Mac computers.\n", {}],
    ["", {}],
  ])("%j", (text, expected) => {
    expect(parseGlobalState(text)).toEqual(expected);
  });
});

describe("parseBlockAll", () => {
  it.each([
    ["Block all DISABLED! \n", false],
    ["Block all ENABLED! \n", true],
    ["Block all is on\n", true],
    ["Firewall has block all state set to disabled.\n", false],
    ["Firewall has block all state set to enabled.\n", true],
    ["Firewall is set to block all non-essential incoming connections\n", true],
    ["???", undefined],
  ])("%j", (text, expected) => {
    expect(parseBlockAll(text)).toBe(expected);
  });
});

describe("parseAllowSigned", () => {
  it.each([
    [
      "Automatically allow built-in signed software ENABLED.\nAutomatically allow downloaded signed software DISABLED.\n",
      true,
    ],
    [
      "Automatically allow built-in signed software DISABLED.\nAutomatically allow downloaded signed software ENABLED.\n",
      false,
    ],
    ["Automatically allow signed built-in software ENABLED\n", true],
    ["Automatically allow downloaded signed software ENABLED.\n", undefined],
    ["", undefined],
  ])("%j", (text, expected) => {
    expect(parseAllowSigned(text)).toBe(expected);
  });
});

describe("parseAppRule", () => {
  it("reads the rule on the line after, with or without a space in the parentheses", () => {
    const spaced =
      "ALF: total number of apps = 1 \n\n1 :  /usr/libexec/bootpd \n \t ( Allow incoming connections ) \n";
    const tight =
      "Total number of apps = 1 \n1 : /usr/libexec/bootpd \n             (Block incoming connections)\n";
    expect(parseAppRule(spaced, BOOTPD)).toBe("allowed");
    expect(parseAppRule(tight, BOOTPD)).toBe("blocked");
    expect(parseAppRule(spaced.replaceAll("\n", "\r\n"), BOOTPD)).toBe("allowed");
  });

  it("reads the rule on the same line", () => {
    expect(parseAppRule("1 : /usr/libexec/bootpd ( Allow incoming connections )\n", BOOTPD)).toBe(
      "allowed",
    );
  });

  it("does not take the next program's rule for its own", () => {
    const listing = `1 : ${BOOTPD} \n2 : /bin/other \n (Allow incoming connections)\n`;
    expect(parseAppRule(listing, BOOTPD)).toBe("unknown");
    const sameLine = `1 : ${BOOTPD} \n2 : /bin/other (Allow incoming connections)\n`;
    expect(parseAppRule(sameLine, BOOTPD)).toBe("unknown");
  });

  it("compares the whole path", () => {
    const listing =
      "Total number of apps = 2\n1 : /usr/libexec/bootpd-other \n (Allow incoming connections)\n2 : /opt/usr/libexec/bootpd\n (Allow incoming connections)\n";
    expect(parseAppRule(listing, BOOTPD)).toBe("not-listed");
  });

  it("tells an empty list from no list", () => {
    expect(parseAppRule("Total number of apps = 0 \n", BOOTPD)).toBe("not-listed");
    expect(parseAppRule("", BOOTPD)).toBe("unknown");
    expect(parseAppRule("usage: socketfilterfw\n", BOOTPD)).toBe("unknown");
  });

  it("finds any program among any others, in both layouts", () => {
    const path = fc
      .array(fc.stringMatching(/^[A-Za-z0-9 ._()-]{1,12}$/), { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.map((part) => `${part.trim()}x`).join("/")}`);
    const entry = fc.record({ path, allow: fc.boolean() });
    const entries = fc.uniqueArray(entry, { selector: (e) => e.path, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(entries, fc.boolean(), (list, old) => {
        const text = list
          .map(({ path, allow }, index) => {
            const word = allow ? "Allow" : "Block";
            return old
              ? `${index + 1} :  ${path} \n \t ( ${word} incoming connections ) \n\n`
              : `${index + 1} : ${path} \n             (${word} incoming connections)\n`;
          })
          .join("");
        for (const { path, allow } of list) {
          expect(parseAppRule(text, path)).toBe(allow ? "allowed" : "blocked");
        }
        expect(parseAppRule(text, "/absent")).toBe("not-listed");
      }),
    );
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
        expect(["allowed", "blocked", "not-listed", "unknown"]).toContain(
          parseAppRule(text, BOOTPD),
        );
        parseGlobalState(text);
        parseBlockAll(text);
        parseAllowSigned(text);
      }),
    );
  });
});

describe("saysManaged", () => {
  it("knows the sentence, and nothing else", () => {
    expect(
      saysManaged(
        "Firewall settings cannot be modified from command line on managed Mac computers.\n",
      ),
    ).toBe(true);
    expect(saysManaged("Application at path ( /usr/libexec/bootpd ) added to firewall")).toBe(
      false,
    );
  });
});
