import { isMachineError } from "@vfkit-machine/host";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { helperArgv, type HelperArgvOptions } from "./argv.js";
import type { HelperArgvContext } from "./network-options.js";

const socketPath = "/Users/x/.vfm/machines/c1/vmnet-helper.sock";
const version = (minor: number) => ({ major: 0, minor, patch: 0, text: `0.${minor}.0` });
const refusal = (options: HelperArgvOptions, context?: HelperArgvContext) => {
  try {
    return `accepted: ${helperArgv(options, context).join(" ")}`;
  } catch (error) {
    if (isMachineError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
};

describe("helperArgv", () => {
  it("needs only an end, and then makes a shared network", () => {
    expect(helperArgv({ socketPath })).toEqual([
      "--socket",
      socketPath,
      "--operation-mode",
      "shared",
    ]);
    expect(helperArgv({ fd: 3 })).toEqual(["--fd", "3", "--operation-mode", "shared"]);
  });

  it("passes on everything that goes together", () => {
    const interfaceId = "2835E074-9892-4A79-AFFB-7E41D2605678";
    expect(
      helperArgv({
        socketPath,
        interfaceId,
        mode: "host",
        startAddress: "192.168.105.1",
        endAddress: "192.168.105.254",
        subnetMask: "255.255.255.0",
        isolation: true,
        client: "krunkit",
        offload: true,
        statsIntervalSeconds: 5,
        verbose: true,
      }).join(" "),
    ).toBe(
      `--socket ${socketPath} --interface-id ${interfaceId} --operation-mode host --start-address 192.168.105.1 --end-address 192.168.105.254 --subnet-mask 255.255.255.0 --enable-isolation --enable-tso --enable-checksum-offload --stats-interval 5 --verbose`,
    );
    expect(helperArgv({ fd: 4, mode: "bridged", sharedInterface: "en0" }).join(" ")).toBe(
      "--fd 4 --operation-mode bridged --shared-interface en0",
    );
    expect(helperArgv({ fd: 4, network: "shared", isolation: true }).join(" ")).toBe(
      "--fd 4 --network shared --enable-isolation",
    );
  });

  const range = {
    startAddress: "192.168.105.1",
    endAddress: "192.168.105.254",
    subnetMask: "255.255.255.0",
  };
  it.each<[string, HelperArgvOptions, RegExp]>([
    ["no end", {}, /a socket path or a file descriptor is required/],
    ["both ends", { socketPath, fd: 3 }, /not both/],
    ["relative socket", { socketPath: "h.sock" }, /not absolute: "h\.sock"/],
    ["NUL in the socket", { socketPath: "/a\0b" }, /not absolute: "\/a\\u0000b"/],
    ["fd of the log", { fd: 2 }, /not a usable file descriptor: 2/],
    ["broken fd", { fd: 3.5 }, /3\.5/],
    ["interface id", { fd: 3, interfaceId: "c1" }, /not a UUID: "c1"/],
    ["mode", { fd: 3, mode: "nat" as "shared" }, /no such mode: "nat"/],
    ["bridged without interface", { fd: 3, mode: "bridged" }, /requires a shared interface/],
    [
      "option as interface",
      { fd: 3, mode: "bridged", sharedInterface: "--fd" },
      /not a name for the shared interface: "--fd"/,
    ],
    ["interface without bridged", { fd: 3, sharedInterface: "en0" }, /"en0" is only for mode/],
    [
      "bridged with addresses",
      { fd: 3, mode: "bridged", sharedInterface: "en0", ...range },
      /start address "192\.168\.105\.1" is not for mode bridged/,
    ],
    [
      "bridged with isolation",
      { fd: 3, mode: "bridged", sharedInterface: "en0", isolation: true },
      /isolation is not for mode bridged/,
    ],
    [
      "one address",
      { fd: 3, startAddress: "192.168.105.1" },
      /only start address "192\.168\.105\.1"/,
    ],
    [
      "two of three",
      { fd: 3, startAddress: "10.0.0.1", subnetMask: "255.0.0.0" },
      /only start address "10\.0\.0\.1" and subnet mask "255\.0\.0\.0"/,
    ],
    ["no address", { fd: 3, ...range, startAddress: "192.168.105" }, /no IPv4 address/],
    [
      "an address that the helper takes for octal",
      { fd: 3, ...range, startAddress: "010.0.0.1", endAddress: "10.0.0.254" },
      /no IPv4 address: "010\.0\.0\.1"/,
    ],
    [
      "a mask with leading zeros",
      { fd: 3, ...range, subnetMask: "255.255.255.000" },
      /not a subnet mask: "255\.255\.255\.000"/,
    ],
    ["public address", { fd: 3, ...range, startAddress: "8.8.8.8" }, /not a private address/],
    ["not a mask", { fd: 3, ...range, subnetMask: "255.0.255.0" }, /not a subnet mask/],
    ["a mask without hosts", { fd: 3, ...range, subnetMask: "255.255.255.254" }, /subnet mask/],
    [
      "backwards",
      { fd: 3, ...range, startAddress: "192.168.105.254", endAddress: "192.168.105.1" },
      /no range of one subnet/,
    ],
    ["two subnets", { fd: 3, ...range, endAddress: "192.168.106.254" }, /no range of one subnet/],
    ["offload with vfkit", { fd: 3, offload: true }, /never for vfkit/],
    ["offload with QEMU", { fd: 3, offload: true, client: "qemu" }, /never for qemu/],
    ["network and mode", { fd: 3, network: "shared", mode: "host" }, /the mode "host" cannot/],
    [
      "network and interface",
      { fd: 3, network: "shared", sharedInterface: "en0" },
      /the shared interface "en0" cannot/,
    ],
    [
      "network and interface id",
      { fd: 3, network: "shared", interfaceId: "2835E074-9892-4A79-AFFB-7E41D2605678" },
      /the interface id "2835E074-[^"]*" cannot be set/,
    ],
    ["network and mask", { fd: 3, network: "shared", subnetMask: "x" }, /the subnet mask "x"/],
    ["empty network", { fd: 3, network: "" }, /not a name for the network: ""/],
    ["stats every half second", { fd: 3, statsIntervalSeconds: 0.5 }, /0\.5/],
    ["stats never", { fd: 3, statsIntervalSeconds: 0 }, /seconds: 0/],
  ])("refuses by name: %s", (_, options, message) => {
    expect(refusal(options)).toMatch(/^ERR_INVALID_VMNET_OPTION /);
    expect(refusal(options)).toMatch(message);
  });

  it("counts the bytes of the socket's path", () => {
    expect(refusal({ socketPath: `/${"é".repeat(51)}` })).toMatch(/^accepted/);
    expect(refusal({ socketPath: `/${"é".repeat(51)}x` })).toMatch(
      /^ERR_SOCKET_PATH_TOO_LONG .* 104 bytes, 103 fit/,
    );
  });

  it("knows from which version on an option exists", () => {
    const gates: [HelperArgvOptions, number][] = [
      [{ fd: 3, network: "shared" }, 10],
      [{ fd: 3, isolation: true }, 12],
      [{ fd: 3, statsIntervalSeconds: 1 }, 13],
    ];
    for (const [options, minor] of gates) {
      expect(refusal(options, { helperVersion: version(minor) })).toMatch(/^accepted/);
      expect(refusal(options, { helperVersion: version(minor - 1) })).toMatch(
        new RegExp(`needs vmnet-helper 0\\.${minor}, this is 0\\.${minor - 1}\\.0`),
      );
      expect(refusal(options)).toMatch(/^accepted/);
    }
    const isolatedHost: HelperArgvOptions = { fd: 3, isolation: true, mode: "host" };
    expect(refusal(isolatedHost, { helperVersion: version(8) })).toMatch(/^accepted/);
    expect(refusal({ fd: 3, network: "shared" }, { macosMajor: 15 })).toMatch(
      /needs macOS 26, this is 15/,
    );
    expect(refusal({ fd: 3, network: "shared" }, { macosMajor: 26 })).toMatch(/^accepted/);
  });

  it("gives each option once and each value as one word, or refuses", () => {
    const anything = fc.record(
      {
        socketPath: fc.string().map((text) => `/${text}`),
        interfaceId: fc.oneof(fc.uuid(), fc.string()),
        mode: fc.constantFrom("shared" as const, "bridged" as const, "host" as const),
        sharedInterface: fc.string(),
        startAddress: fc.oneof(fc.ipV4(), fc.string()),
        endAddress: fc.oneof(fc.ipV4(), fc.string()),
        subnetMask: fc.oneof(fc.constant("255.255.0.0"), fc.string()),
        isolation: fc.boolean(),
        network: fc.string(),
        statsIntervalSeconds: fc.double(),
        verbose: fc.boolean(),
      },
      { requiredKeys: ["socketPath"] },
    );
    fc.assert(
      fc.property(anything, (options) => {
        const result = refusal(options);
        if (!result.startsWith("accepted")) return;
        const argv = helperArgv(options);
        const names = argv.filter((word) => word.startsWith("--"));
        expect(new Set(names).size).toBe(names.length);
        expect(argv.slice(0, 2)).toEqual(["--socket", options.socketPath]);
      }),
    );
  });
});
