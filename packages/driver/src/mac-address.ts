import { formatMacAddress, type MacAddress } from "@vfkit-machine/host";
import { createHash } from "node:crypto";

/**
 * The MAC address that a machine of this name gets when none is given: the same on every host and
 * every day, locally administered and unicast, so that its DHCP lease is found again.
 */
export function macAddressForName(name: string): MacAddress {
  const bytes = createHash("sha256").update(`vfkit-machine:${name}`).digest().subarray(0, 6);
  const first = bytes[0] ?? 0;
  // Bit 0 marks a multicast address, bit 1 one that no manufacturer has given out.
  return formatMacAddress(Uint8Array.of((first & 0xfc) | 0x02, ...bytes.subarray(1)));
}
