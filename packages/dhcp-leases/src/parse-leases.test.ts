import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLeases } from "./format-leases.js";
import { parseLeases } from "./parse-leases.js";
import type { Leases, SkipReason } from "./types.js";

const C1 = [
  "{",
  "\tname=c1",
  "\tip_address=192.168.64.3",
  "\thw_address=1,8e:1:99:9c:54:b1",
  "\tidentifier=1,8e:1:99:9c:54:b1",
  "\tlease=0x67a1b2c3",
  "}",
  "",
];
const c1 = C1.join("\n");

function addresses({ leases }: Leases): string[] {
  return leases.map(({ ipAddress }) => ipAddress);
}

function reasons({ skipped }: Leases): SkipReason[] {
  return skipped.map(({ reason }) => reason);
}

function expiryOf(lease: string): number | undefined {
  return parseLeases(c1.replace("0x67a1b2c3", lease)).leases[0]?.expiresAtMs;
}

describe("parseLeases", () => {
  it("reads an entry as bootpd writes it", () => {
    expect(parseLeases(c1)).toEqual({
      leases: [
        {
          source: "dhcpd_leases",
          name: "c1",
          ipAddress: "192.168.64.3",
          hardware: { type: 1, address: "8e:01:99:9c:54:b1" },
          macAddress: "8e:01:99:9c:54:b1",
          identifier: "1,8e:1:99:9c:54:b1",
          expiresAtMs: 0x67a1b2c3 * 1000,
          offsetBytes: 0,
        },
      ],
      skipped: [],
      skippedCount: 0,
    });
  });

  it("keeps the order of the file and says where each entry begins", () => {
    const content = c1 + c1.replace(".3", ".4");
    const { leases } = parseLeases(content);
    expect(leases.map(({ ipAddress, offsetBytes }) => [ipAddress, offsetBytes])).toEqual([
      ["192.168.64.3", 0],
      ["192.168.64.4", c1.length],
    ]);
  });

  it.each([
    ["nothing", "", 0],
    ["CRLF line ends", C1.join("\r\n"), 1],
    ["no newline at the end", c1.trimEnd(), 1],
    ["no indentation", c1.replaceAll("\t", ""), 1],
    ["blank lines everywhere", C1.join("\n\n \t\n"), 1],
    ["unknown keys", c1.replace("\tlease", "\tnetboot_bound=TRUE\n\tfuture\n\tlease"), 1],
    ["no name", c1.replace("\tname=c1\n", ""), 1],
    ["a byte order mark before it", `\uFEFF\n${c1}`, 1],
  ])("reads with %s", (_, content, count) => {
    expect(parseLeases(content).leases).toHaveLength(count);
  });

  it("takes a name without a value for none", () => {
    const content = c1
      .replace("name=c1", "name")
      .replace("identifier=1,8e:1:99:9c:54:b1", "identifier=");
    expect(parseLeases(content).leases).toMatchObject([{ name: undefined, identifier: undefined }]);
  });

  it("reads a name as UTF-8, an equals sign and all", () => {
    const content = c1.replace("c1", "grün=0 ✓");
    expect(parseLeases(content).leases).toMatchObject([{ name: "grün=0 ✓" }]);
    expect(parseLeases(Buffer.from(content)).leases).toMatchObject([{ name: "grün=0 ✓" }]);
  });

  it("keeps the lease of a DUID, which is no MAC address", () => {
    const duid = "ff,f1:f5:dd:7f:0:2:0:0:ab:11:cb:fc:f3:c9:f1:8b:6:5e";
    const { leases, skippedCount } = parseLeases(c1.replace("1,8e:1:99:9c:54:b1", duid));
    expect(skippedCount).toBe(0);
    expect(leases).toMatchObject([
      {
        macAddress: undefined,
        hardware: {
          type: 255,
          address: "f1:f5:dd:7f:00:02:00:00:ab:11:cb:fc:f3:c9:f1:8b:06:5e",
        },
      },
    ]);
  });

  it("reads an expiry in hexadecimal or decimal, and the one that never comes", () => {
    expect(expiryOf("0x67A1B2C3")).toBe(1738650307_000);
    expect(expiryOf("1738650307")).toBe(1738650307_000);
    expect(expiryOf("0xffffffff")).toBe(Number.POSITIVE_INFINITY);
  });

  it("counts the first of repeated keys, as bootpd does, and says so", () => {
    const result = parseLeases(c1.replace("\tlease", "\tip_address=10.0.0.1\n\tlease"));
    expect(addresses(result)).toEqual(["192.168.64.3"]);
    expect(result.skipped).toEqual([
      { reason: "repeated-key", line: 6, endLine: 6, text: "ip_address=10.0.0.1" },
    ]);
  });

  it.each<[SkipReason, string, number, number]>([
    ["no-ip-address", c1.replace("\tip_address=192.168.64.3\n", ""), 1, 6],
    ["no-ip-address", c1.replace("=192.168.64.3", ""), 1, 7],
    ["bad-ip-address", c1.replace("192.168.64.3", "192.168.64.300"), 1, 7],
    ["bad-ip-address", c1.replace("192.168.64.3", "192.168.064.3"), 1, 7],
    ["no-hardware-address", c1.replace("hw_address", "hw_adress"), 1, 7],
    ["bad-hardware-address", c1.replaceAll("1,8e:1", "1,8e:100"), 1, 7],
    ["bad-hardware-address", c1.replaceAll("1,8e:1", "8e:1"), 1, 7],
    ["no-expiry", c1.replace("=0x67a1b2c3", ""), 1, 7],
    ["bad-expiry", c1.replace("0x67a1b2c3", "soon"), 1, 7],
    ["unclosed", c1.replace("}\n", ""), 1, 6],
    ["outside-entry", c1.replace("{\n", ""), 1, 6],
  ])("passes over an entry for %s and reads its neighbours", (reason, broken, line, endLine) => {
    const result = parseLeases(broken + c1.replace(".3", ".9"));
    expect(addresses(result)).toEqual(["192.168.64.9"]);
    expect(result.skipped).toMatchObject([{ reason, line, endLine }]);
  });

  it("never takes a half-written last entry, wherever it is cut", () => {
    const last = c1.replace(".3", ".123");
    for (let cut = 0; cut < last.length - 2; cut += 1) {
      const result = parseLeases(c1 + last.slice(0, cut));
      expect(addresses(result)).toEqual(["192.168.64.3"]);
      expect(reasons(result)).toEqual(cut === 0 ? [] : ["unfinished"]);
    }
    expect(addresses(parseLeases(c1 + last.slice(0, -1)))).toEqual([
      "192.168.64.3",
      "192.168.64.123",
    ]);
  });

  it("reads what stands between binary rubbish", () => {
    const rubbish = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251));
    const content = Buffer.concat([rubbish, Buffer.from(`\n${c1}`), rubbish]);
    expect(addresses(parseLeases(content))).toEqual(["192.168.64.3"]);
  });

  it("shows no control characters of what it passed over", () => {
    const { skipped } = parseLeases("\u001b[31mred\u0007\n");
    expect(skipped).toEqual([{ reason: "outside-entry", line: 1, endLine: 1, text: "red" }]);
  });

  it("takes stray lines that follow each other as one, and keeps at most 1000 reports", () => {
    expect(parseLeases("a\nb\nc\n").skipped).toEqual([
      { reason: "outside-entry", line: 1, endLine: 3, text: "a" },
    ]);
    const hostile = parseLeases("a\nb\n{\n}\n".repeat(5000));
    expect(hostile.skipped).toHaveLength(1000);
    expect(hostile.skippedCount).toBe(10_000);
  });

  it("reads 100,000 entries", () => {
    const content = Array.from({ length: 100_000 }, (_, index) =>
      c1.replace("192.168.64.3", `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
    ).join("");
    const { leases, skippedCount } = parseLeases(content);
    expect(skippedCount).toBe(0);
    expect(leases).toHaveLength(100_000);
    expect(leases.at(-1)?.ipAddress).toBe("10.1.134.159");
  });

  it("never throws, and finds again what was written among any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const content = Buffer.concat([a, Buffer.from(`\n${c1}`), b]);
        expect(addresses(parseLeases(content))).toContain("192.168.64.3");
      }),
    );
  });

  it("reads back what formatLeases writes", () => {
    const byte = fc
      .integer({ min: 0, max: 255 })
      .map((value) => value.toString(16).padStart(2, "0"));
    const record = fc.record({
      name: fc.option(
        fc
          .string({ minLength: 1 })
          .filter((name) => name.trim() === name && !/[\0-\x1f]/.test(name)),
        { nil: undefined },
      ),
      ipAddress: fc.ipV4(),
      hardware: fc.record({
        type: fc.constantFrom(1, 6, 255),
        address: fc.array(byte, { minLength: 1, maxLength: 20 }).map((bytes) => bytes.join(":")),
      }),
      expiresAtMs: fc.integer({ min: 0, max: 0xffff_fffe }).map((seconds) => seconds * 1000),
    });
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const { leases, skippedCount } = parseLeases(formatLeases(records));
        expect(skippedCount).toBe(0);
        const read = leases.map(({ name, ipAddress, hardware, expiresAtMs }) => {
          return { name, ipAddress, hardware, expiresAtMs };
        });
        expect(read).toEqual(records);
      }),
    );
  });
});
