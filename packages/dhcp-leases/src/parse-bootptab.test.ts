import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBootptab } from "./parse-bootptab.js";

// The layout of the example in bootptab(5).
const TABLE = `#
# bootptab example
ignored 1 00:00:00:00:00:09 10.0.0.9
%%
# hostname      hwtype  hwaddr              ipaddr          bootfile
client1         1       00:01:02:03:04:05   10.0.0.20       boot0
client2\t1\t0:a0:b2:ef:ff:a\t10.0.0.21\r
`;

describe("parseBootptab", () => {
  it("reads the hosts after the line of two per cent signs", () => {
    const { leases, skippedCount } = parseBootptab(TABLE);
    expect(skippedCount).toBe(0);
    expect(leases).toMatchObject([
      {
        source: "bootptab",
        name: "client1",
        ipAddress: "10.0.0.20",
        macAddress: "00:01:02:03:04:05",
      },
      {
        source: "bootptab",
        name: "client2",
        ipAddress: "10.0.0.21",
        macAddress: "00:a0:b2:ef:ff:0a",
      },
    ]);
    expect(leases.map(({ expiresAtMs }) => expiresAtMs)).toEqual([Infinity, Infinity]);
    expect(leases.map(({ offsetBytes }) => TABLE.slice(offsetBytes, offsetBytes + 7))).toEqual([
      "client1",
      "client2",
    ]);
  });

  it("has no hosts without that line, as for bootpd", () => {
    expect(parseBootptab(TABLE.replace("%%", ""))).toEqual({
      leases: [],
      skipped: [],
      skippedCount: 0,
    });
  });

  it("passes over lines that cannot be read, and says which", () => {
    const { leases, skipped } = parseBootptab(
      `${TABLE}short 1\nx 1 zz:1 10.0.0.1\nx 1 0:1 10.0.0\n`,
    );
    expect(leases).toHaveLength(2);
    expect(skipped).toEqual([
      { reason: "bad-line", line: 8, endLine: 8, text: "short 1" },
      { reason: "bad-hardware-address", line: 9, endLine: 9, text: "x 1 zz:1 10.0.0.1" },
      { reason: "bad-ip-address", line: 10, endLine: 10, text: "x 1 0:1 10.0.0" },
    ]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { leases } = parseBootptab(Buffer.concat([bytes, Buffer.from(`\n${TABLE}`)]));
        expect(leases.map(({ name }) => name)).toContain("client2");
      }),
    );
  });
});
