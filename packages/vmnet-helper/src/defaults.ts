/** Milliseconds from the start until the interface is up and the socket is there. */
export const START_TIMEOUT_MS = 30_000;
/** Milliseconds between SIGTERM and harder means. */
export const STOP_GRACE_PERIOD_MS = 5_000;
/** Milliseconds for `vmnet-helper --version` and `brew --prefix`. */
export const PROBE_TIMEOUT_MS = 10_000;
/** Bytes of stdout in which the JSON line has to end. */
export const MAX_INTERFACE_BYTES = 65_536;
/** sockaddr_un holds 104 bytes on macOS, the last of them NUL. */
export const MAX_SOCKET_PATH_BYTES = 103;
/** Where Homebrew lives when neither `HOMEBREW_PREFIX` nor `brew` says so. */
export const HOMEBREW_PREFIXES: { readonly arm64: string; readonly x64: string } = {
  arm64: "/opt/homebrew",
  x64: "/usr/local",
};
/** The first macOS on which vmnet needs no root, given a helper that is signed for it. */
export const ROOTLESS_MACOS_MAJOR = 26;
/** Milliseconds until the processes of a helper must be gone after each of the hard means. */
export const KILL_TIMEOUT_MS = 5_000;
/** Milliseconds for a helper whose start failed to end by itself. */
export const FAILED_START_GRACE_PERIOD_MS = 500;
