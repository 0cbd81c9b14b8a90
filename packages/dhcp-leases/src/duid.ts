import { formatMacAddress, type MacAddress } from "@vfkit-machine/host";
import { DUID_TYPE, ETHERNET } from "./hardware-address.js";
import type { Lease } from "./types.js";

// RFC 4361, section 6.1: a client identifier of type 255 is an IAID of four bytes, then the DUID.
const IAID_BYTES = 4;
// RFC 8415, sections 11.2 and 11.4: type, hardware type, (time,) link-layer address.
const DUID_LLT = { type: 1, addressAt: 8 } as const;
const DUID_LL = { type: 3, addressAt: 4 } as const;

/** Did the client identify itself by a DUID? Then its lease does not say its MAC address. */
export function isDuidLease(lease: Lease): boolean {
  return lease.hardware.type === DUID_TYPE;
}

/**
 * The MAC address inside a DUID of the kinds LLT and LL, where the client made it from one. A hint
 * only: it is that of the interface on which the DUID was made, maybe on the machine that the image
 * was cloned from.
 */
export function macAddressInDuid(lease: Lease): MacAddress | undefined {
  if (!isDuidLease(lease)) return undefined;
  const bytes = Buffer.from(lease.hardware.address.replaceAll(":", ""), "hex");
  const duid = bytes.subarray(IAID_BYTES);
  if (duid.length < 4 || duid.readUInt16BE(2) !== ETHERNET) return undefined;
  const kind = [DUID_LLT, DUID_LL].find(({ type }) => type === duid.readUInt16BE(0));
  const address = kind === undefined ? undefined : duid.subarray(kind.addressAt);
  return address?.length === 6 ? formatMacAddress(address) : undefined;
}
