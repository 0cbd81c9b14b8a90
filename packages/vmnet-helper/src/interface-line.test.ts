import { isMachineError } from "@vfkit-machine/host";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInterfaceLine } from "./interface-line.js";

// From vmnet-helper's documentation, docs/integration.md.
const LINE =
  '{"vmnet_write_max_packets":256,"vmnet_read_max_packets":256,"vmnet_subnet_mask":"255.255.255.0","vmnet_mtu":1500,"vmnet_end_address":"192.168.105.254","vmnet_start_address":"192.168.105.1","vmnet_interface_id":"2835E074-9892-4A79-AFFB-7E41D2605678","vmnet_max_packet_size":1514,"vmnet_nat66_prefix":"fd2d:1b24:620:47::","vmnet_mac_address":"0a:d6:36:c1:ea:f3"}';

const messageOf = (line: string): string => {
  try {
    parseInterfaceLine(line);
  } catch (error) {
    if (isMachineError(error, "ERR_VMNET_HELPER_BAD_OUTPUT")) return error.message;
    throw error;
  }
  return "accepted";
};

describe("parseInterfaceLine", () => {
  it("reads what the helper prints", () => {
    expect(parseInterfaceLine(LINE)).toEqual(JSON.parse(LINE));
  });

  it("needs no key: a network of vmnet-broker has no MAC address", () => {
    const broker = { net_ipv4_subnet: "192.168.64.0", net_ipv6_prefix_len: 64, vmnet_mtu: 1500 };
    expect(parseInterfaceLine(JSON.stringify(broker))).toEqual(broker);
  });

  it("keeps keys it does not know", () => {
    expect(parseInterfaceLine('{"vmnet_new":{"a":[1]},"vmnet_mtu":9000}')).toEqual({
      vmnet_new: { a: [1] },
      vmnet_mtu: 9000,
    });
  });

  it.each([
    ["", /is no JSON: ""/],
    ["null", /is wrong at ""/],
    ["[]", /is wrong at ""/],
    ['"x"', /is wrong at ""/],
    ['{"vmnet_mac_address":12}', /is wrong at "vmnet_mac_address"/],
    ['{"vmnet_mac_address":"0a:d6:36"}', /vmnet_mac_address.*not a MAC address/],
    ['{"vmnet_mtu":"1500"}', /is wrong at "vmnet_mtu"/],
    ['{"vmnet_mtu":-1}', /is wrong at "vmnet_mtu"/],
    ['{"vmnet_max_packet_size":1514.5}', /is wrong at "vmnet_max_packet_size"/],
    [`{"vmnet_mac_address":"0a:d6`, /is no JSON/],
  ])("refuses %j", (line, message) => {
    expect(messageOf(line)).toMatch(message);
  });

  it("quotes no more than the beginning of a long line", () => {
    expect(messageOf("x".repeat(60_000)).length).toBeLessThan(400);
  });

  it("takes or refuses anything, by that one code", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (line) => {
        expect(messageOf(line)).toMatch(/^accepted$|^the interface that vmnet-helper described is/);
      }),
    );
  });
});
