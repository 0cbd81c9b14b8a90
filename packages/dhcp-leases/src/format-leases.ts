import { MachineError } from "@vfkit-machine/host";
import { formatExpiry, isIpAddress } from "./fields.js";
import { formatHardwareAddress, parseHardwareAddress } from "./hardware-address.js";
import type { Lease } from "./types.js";

/** What {@link formatLeases} needs of a lease. */
export type LeaseRecord = Pick<Lease, "ipAddress" | "hardware" | "expiresAtMs"> &
  Partial<Pick<Lease, "name" | "identifier">>;

/**
 * Renders leases exactly as bootpd does: tabs, `%x` without leading zeros, the order as given
 * (bootpd puts the latest first), one entry after another without blank lines, no file header. For
 * whoever stands in for bootpd; replace the file by rename, as bootpd does.
 *
 * `name` is left out when undefined; `identifier` defaults to the hardware address.
 *
 * @throws MachineError `ERR_INVALID_LEASE` for what would not read back
 */
export function formatLeases(records: readonly LeaseRecord[]): string {
  return records.map((record) => formatEntry(record)).join("");
}

function formatEntry(record: LeaseRecord): string {
  const hardware = formatHardwareAddress(record.hardware);
  if (parseHardwareAddress(hardware) === undefined) throw invalid("hardware", record.hardware);
  if (!isIpAddress(record.ipAddress)) throw invalid("ipAddress", record.ipAddress);
  if (Number.isNaN(record.expiresAtMs)) throw invalid("expiresAtMs", record.expiresAtMs);
  const properties = [
    ...(record.name === undefined ? [] : [`name=${checkedText("name", record.name)}`]),
    `ip_address=${record.ipAddress}`,
    `hw_address=${hardware}`,
    `identifier=${checkedText("identifier", record.identifier ?? hardware)}`,
    `lease=${formatExpiry(record.expiresAtMs)}`,
  ];
  return `{\n${properties.map((property) => `\t${property}\n`).join("")}}\n`;
}

/** A line break would end the property: a guest could write leases of its own that way. */
function checkedText(field: string, text: string): string {
  if (/[\u0000-\u001f]/.test(text) || text.trim() !== text || text === "") {
    throw invalid(field, text);
  }
  return text;
}

function invalid(field: string, value: unknown): MachineError {
  return new MachineError(`cannot write a lease with ${field} ${JSON.stringify(value)}`, {
    code: "ERR_INVALID_LEASE",
  });
}
