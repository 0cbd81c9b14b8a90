/** Largest leases file that is read: about 500,000 leases. */
export const MAX_BYTES: number = 64 * 1024 * 1024;

/** Piece of a file that is searched at a time. */
export const CHUNK_BYTES: number = 512 * 1024;

/** How often the file is looked at in case no event comes. */
export const POLL_INTERVAL_MS = 1_000;

/** How long {@link waitForLease} waits: a slow guest boots within it. */
export const LEASE_TIMEOUT_MS = 120_000;

/** Pause before an address that was not accepted is tried again. */
export const RETRY_INTERVAL_MS = 1_000;

/** Addresses that are tried at the same time, the latest first. */
export const MAX_PROBES = 8;

/** Skipped entries that are kept in full; the rest is only counted. */
export const MAX_SKIPPED = 1_000;

/** Addresses in the pool of one network of vmnet: .2 to .254. */
export const POOL_ADDRESSES = 253;

/** From here on a pool counts as full: bootpd holds some addresses back for clients it knows. */
export const POOL_NEARLY_FULL = 240;

/** How young a file may be for its time stamp to be no proof that it is unchanged: covers clocks of 2 s (FAT). */
export const TIME_STAMP_GRAIN_MS = 2_000;
