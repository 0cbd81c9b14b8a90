export { describeLeases, type LeaseDiagnosis, type LeaseFinding } from "./describe-leases.js";
export { isDuidLease, macAddressInDuid } from "./duid.js";
export { findLeases, isExpired, type LeaseQuery } from "./find-leases.js";
export { formatLeases, type LeaseRecord } from "./format-leases.js";
export { parseBootptab } from "./parse-bootptab.js";
export { parseLeases } from "./parse-leases.js";
export type { AcceptLease } from "./probe-leases.js";
export { readBootptab, readLeases, readLeasesOf, type ReadLeasesOptions } from "./read-leases.js";
export { scanMacAddress } from "./scan-mac-address.js";
export type {
  HardwareAddress,
  Lease,
  Leases,
  LeasesFile,
  SkippedEntry,
  SkipReason,
} from "./types.js";
export { waitForLease, type WaitForLeaseOptions } from "./wait-for-lease.js";
export { watchLeases, type WatchLeasesOptions } from "./watch-leases.js";
