/** Milliseconds for one call. */
export const CALL_TIMEOUT_MS = 5_000;
/** Milliseconds for `waitForState`. */
export const WAIT_TIMEOUT_MS = 30_000;
/** Milliseconds between two questions of `waitForState`. */
export const WAIT_INTERVAL_MS = 50;
/** vfkit's inspect JSON has a few hundred bytes for each device. */
export const MAX_BODY_BYTES: number = 1024 * 1024;
/** The longest path of a unix socket on macOS, in bytes; vfkit refuses to listen on a longer one. */
export const MAX_SOCKET_PATH_BYTES = 103;
