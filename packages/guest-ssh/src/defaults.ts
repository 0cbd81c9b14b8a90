/** Milliseconds that {@link waitForSsh} waits in all. */
export const WAIT_TIMEOUT_MS: number = 5 * 60_000;

/** Milliseconds until one TCP connection must be established. A guest on this host answers in one. */
export const CONNECT_TIMEOUT_MS: number = 1_000;

/** Milliseconds that an accepted connection may stay silent: a guest that boots is slow to fork. */
export const BANNER_TIMEOUT_MS: number = 10_000;

/** Milliseconds for key exchange and authentication: an emulated CPU takes seconds for them. */
export const LOGIN_TIMEOUT_MS: number = 30_000;

/** Milliseconds that {@link runCommand} takes in all. */
export const RUN_TIMEOUT_MS: number = 60_000;

/** Milliseconds that the other side has to close its end before the socket is cut. */
export const CLOSE_TIMEOUT_MS: number = 500;

/** Bytes kept of each of stdout and stderr of a command. */
export const MAX_OUTPUT_BYTES: number = 1024 * 1024;

/** Bytes of a private key or known_hosts file: both are far smaller. */
export const MAX_KEY_FILE_BYTES: number = 64 * 1024;
export const MAX_KNOWN_HOSTS_BYTES: number = 1024 * 1024;
