import { describe, expect, it } from "vitest";
import { findLeases, isExpired } from "./find-leases.js";
import { formatLeases } from "./format-leases.js";
import { parseLeases } from "./parse-leases.js";

const NOW = 1_738_650_000_000;
const MAC = "8e:01:99:9c:54:b1";

function file(
  ...rows: readonly (readonly [name: string, ip: string, mac: string, expiresInS: number])[]
) {
  const records = rows.map(([name, ipAddress, address, expiresInS]) => {
    return {
      name,
      ipAddress,
      hardware: { type: 1, address },
      expiresAtMs: NOW + expiresInS * 1000,
    };
  });
  return parseLeases(formatLeases(records)).leases;
}

const leases = file(
  ["stale", "192.168.64.3", MAC, -3600],
  ["fresh", "192.168.64.4", MAC, 3600],
  ["older", "192.168.64.5", MAC, 1800],
  ["Other", "192.168.64.3", "0a:00:00:00:00:01", 7200],
);

function ips(query: Parameters<typeof findLeases>[1]): string[] {
  return findLeases(leases, query).map(({ ipAddress }) => ipAddress);
}

describe("findLeases", () => {
  it.each(["8e:1:99:9c:54:b1", "8E-01-99-9C-54-B1", "8e01999c54b1"])(
    "finds %s whatever its spelling, the latest expiry first, the expired last",
    (macAddress) => {
      expect(ips({ macAddress })).toEqual(["192.168.64.4", "192.168.64.5", "192.168.64.3"]);
    },
  );

  it("leaves out what has expired when asked to", () => {
    expect(ips({ macAddress: MAC, validAtMs: NOW })).toEqual(["192.168.64.4", "192.168.64.5"]);
    expect(ips({ macAddress: MAC, validAtMs: NOW + 3_600_000 })).toEqual([]);
  });

  it("finds by name whatever its case, and by address the client that has it now", () => {
    expect(ips({ name: "OTHER" })).toEqual(["192.168.64.3"]);
    const names = findLeases(leases, { ipAddress: "192.168.64.3" }).map(({ name }) => name);
    expect(names).toEqual(["Other", "stale"]);
  });

  it("wants all that is asked for", () => {
    expect(ips({ name: "fresh", ipAddress: "192.168.64.5" })).toEqual([]);
    expect(ips({})).toHaveLength(4);
  });

  it("keeps the order of the file between equal expiries, the endless ones included", () => {
    const equal = file(
      ["a", "10.0.0.1", MAC, 1e9],
      ["b", "10.0.0.2", MAC, 1e9],
      ["c", "10.0.0.3", MAC, 1e12],
    );
    expect(findLeases(equal, {}).map(({ name }) => name)).toEqual(["c", "a", "b"]);
    const endless = file(["a", "10.0.0.1", MAC, 1e12], ["b", "10.0.0.2", MAC, 1e12]);
    expect(findLeases(endless, {}).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("refuses a MAC address that is none", () => {
    expect(() => findLeases(leases, { macAddress: "8e:01" })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_MAC_ADDRESS" }),
    );
  });

  it("calls a lease expired at the very moment of its expiry", () => {
    const [lease] = file(["a", "10.0.0.1", MAC, 10]);
    expect(lease && isExpired(lease, NOW + 9_999)).toBe(false);
    expect(lease && isExpired(lease, NOW + 10_000)).toBe(true);
  });
});
