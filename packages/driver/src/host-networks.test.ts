import type { NetworkInterfaces } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { networkAround, vmnetAddresses } from "./host-networks.js";

function interfaces(all: Readonly<Record<string, string>>): NetworkInterfaces {
  const entries = Object.entries(all).map(([name, cidr]) => {
    const [address = ""] = cidr.split("/");
    const common = {
      address,
      cidr,
      mac: "00:00:00:00:00:00",
      netmask: "",
      internal: name === "lo0",
    };
    return [name, [{ ...common, family: "IPv4" as const }]] as const;
  });
  return Object.fromEntries(entries);
}

// What vmnet-helper's own CI met on a runner of GitHub's, whose en0 was in vmnet's usual network.
const RUNNER = { lo0: "127.0.0.1/8", en0: "192.168.64.3/24" };

describe("networkAround", () => {
  it.each([
    ["the computer's own network", RUNNER, "192.168.64.7", "en0"],
    ["vmnet's bridge alone", { bridge100: "192.168.64.1/24" }, "192.168.64.7", undefined],
    [
      "vmnet's bridge beside it",
      { ...RUNNER, bridge100: "192.168.64.1/24" },
      "192.168.64.7",
      "en0",
    ],
    ["another network", RUNNER, "192.168.65.2", undefined],
    [
      "a wider one: the bridge's route is narrower",
      { en0: "192.168.1.2/16" },
      "192.168.64.7",
      undefined,
    ],
    ["a narrower one that has it", { en1: "192.168.64.130/25" }, "192.168.64.200", "en1"],
    ["a narrower one that has it not", { en1: "192.168.64.130/25" }, "192.168.64.7", undefined],
    ["a tunnel", { utun4: "192.168.64.7/32" }, "192.168.64.7", undefined],
    ["loopback", RUNNER, "127.0.0.1", undefined],
  ])("%s", (_what, all, ip, expected) => {
    expect(networkAround(ip, interfaces(all))?.interfaceName).toBe(expected);
  });
});

const alternative = (three: string) => ({
  startAddress: `${three}.1`,
  endAddress: `${three}.254`,
  subnetMask: "255.255.255.0",
});

describe("vmnetAddresses", () => {
  it.each([
    ["nothing in the way", { en0: "192.168.1.2/24", bridge100: "192.168.64.1/24" }, undefined],
    ["a runner of GitHub's", RUNNER, alternative("192.168.105")],
    ["half of vmnet's network", { en0: "192.168.64.130/25" }, alternative("192.168.105")],
    [
      "the first alternative too",
      { ...RUNNER, en1: "192.168.105.9/24" },
      alternative("192.168.106"),
    ],
    [
      "all alternatives",
      {
        ...RUNNER,
        en1: "192.168.105.9/24",
        en2: "192.168.106.9/24",
        en3: "172.31.105.9/24",
        en4: "10.211.105.9/24",
      },
      undefined,
    ],
    ["no network at all", { lo0: "127.0.0.1/8" }, undefined],
  ])("%s", (_what, all, expected) => {
    expect(vmnetAddresses(interfaces(all))).toEqual(expected);
  });
});
