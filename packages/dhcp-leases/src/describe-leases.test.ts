import { describe, expect, it } from "vitest";
import { describeLeases } from "./describe-leases.js";
import { macAddressInDuid } from "./duid.js";
import { formatLeases } from "./format-leases.js";
import { parseLeases } from "./parse-leases.js";
import type { HardwareAddress, Lease } from "./types.js";

const NOW = 1_738_650_000_000;
const MAC = "8e:01:99:9c:54:b1";
const HOUR = 3600;
const ethernet = (address: string): HardwareAddress => ({ type: 1, address });
const EN_DUID = { type: 255, address: "f1:f5:dd:7f:00:02:00:00:ab:11:cb:fc:f3:c9:f1:8b:06:5e" };
const LLT_DUID = { type: 255, address: `f1:f5:dd:7f:00:01:00:01:2e:8a:11:22:${MAC}` };
const LL_DUID = { type: 255, address: `f1:f5:dd:7f:00:03:00:01:${MAC}` };

function lease(
  ipAddress: string,
  hardware: HardwareAddress,
  expiresInS = HOUR,
  name?: string,
): Lease {
  const record = { ipAddress, hardware, expiresAtMs: NOW + expiresInS * 1000 };
  const [read] = parseLeases(
    formatLeases([name === undefined ? record : { ...record, name }]),
  ).leases;
  if (read === undefined) throw new Error("the lease does not read back");
  return read;
}

/** Leases of other machines: `count` addresses of one network. */
function others(count: number, expiresInS = HOUR, network = "192.168.64"): Lease[] {
  return Array.from({ length: count }, (_, index) =>
    lease(
      `${network}.${index + 2}`,
      ethernet(`0a:00:00:00:00:${index.toString(16).padStart(2, "0")}`),
      expiresInS,
    ),
  );
}

describe("describeLeases", () => {
  it("finds the lease", () => {
    const own = lease("192.168.64.3", ethernet(MAC));
    const found = describeLeases([...others(2), own], "8e:1:99:9c:54:b1", NOW);
    expect(found).toMatchObject({ finding: "found", hint: undefined, candidates: [own] });
    expect(found.counts).toEqual({
      total: 3,
      unexpired: 3,
      ofMacAddress: 1,
      duid: 0,
      largestPool: 2,
    });
  });

  it("tells an absent file from one without leases", () => {
    expect(describeLeases(undefined, MAC, NOW)).toMatchObject({
      finding: "no-file",
      message: "the leases file does not exist: bootpd has given no lease yet",
      hint: expect.stringContaining("application firewall"),
    });
    expect(describeLeases([], MAC, NOW)).toMatchObject({
      finding: "not-found",
      message: `none of 0 leases is of ${MAC}`,
    });
  });

  it("points to a DUID lease, and first to the one that was made from this MAC address", () => {
    const unrelated = lease("192.168.64.7", EN_DUID, HOUR, "cloud");
    expect(describeLeases([unrelated], MAC, NOW)).toMatchObject({
      finding: "duid",
      message: `none of 1 lease is of ${MAC}, but 1 guest with a DUID instead of a MAC address: 192.168.64.7 (cloud)`,
      candidates: [unrelated],
    });
    const own = lease("192.168.64.8", LLT_DUID, HOUR - 60);
    expect(describeLeases([unrelated, own, ...others(250)], MAC, NOW)).toMatchObject({
      finding: "duid",
      message: expect.stringContaining("a DUID with this MAC address has 192.168.64.8"),
      candidates: [own, unrelated],
    });
    const expired = lease("192.168.64.7", EN_DUID, -1);
    expect(describeLeases([expired], MAC, NOW).finding).toBe("not-found");
  });

  it("names a full pool, but neither an expired one nor one spread over networks", () => {
    expect(describeLeases(others(253), MAC, NOW)).toMatchObject({
      finding: "pool-full",
      message: expect.stringContaining("253 of about 253 addresses of 192.168.64.0/24"),
    });
    expect(describeLeases(others(239), MAC, NOW).finding).toBe("not-found");
    expect(describeLeases(others(253, -1), MAC, NOW).finding).toBe("not-found");
    const elsewhere = others(130, HOUR, "192.168.105");
    expect(describeLeases([...others(130), ...elsewhere], MAC, NOW).finding).toBe("not-found");
    // Two clients with one address take one address.
    expect(describeLeases([...others(200), ...others(200)], MAC, NOW).counts.largestPool).toBe(200);
  });

  it("says that all leases have expired", () => {
    const stale = lease("192.168.64.3", ethernet(MAC), -HOUR, "c1");
    expect(describeLeases([stale, ...others(3)], MAC, NOW)).toMatchObject({
      finding: "expired",
      message: `all leases of ${MAC} have expired: 192.168.64.3 (c1)`,
      candidates: [stale],
    });
  });

  it("lists three addresses at most, without the control characters of a guest's name", () => {
    const own = ["\u007fe\u202evil", "b", "c", "d", "e"].map((name, index) =>
      lease(`10.0.0.${index}`, ethernet(MAC), HOUR - index, name),
    );
    expect(describeLeases(own, MAC, NOW).message).toBe(
      `${MAC} has 10.0.0.0 (evil), 10.0.0.1 (b), 10.0.0.2 (c) and 2 more`,
    );
  });
});

describe("macAddressInDuid", () => {
  it.each([
    ["link-layer plus time", LLT_DUID, MAC],
    ["link-layer", LL_DUID, MAC],
    ["enterprise number", EN_DUID, undefined],
    ["Ethernet, no DUID", ethernet(MAC), undefined],
    ["a DUID cut off", { type: 255, address: "f1:f5:dd:7f:00:01" }, undefined],
    [
      "link-layer of another hardware type",
      { type: 255, address: `f1:f5:dd:7f:00:03:00:06:${MAC}` },
      undefined,
    ],
  ])("%s", (_, hardware, expected) => {
    expect(macAddressInDuid(lease("10.0.0.1", hardware))).toBe(expected);
  });
});
