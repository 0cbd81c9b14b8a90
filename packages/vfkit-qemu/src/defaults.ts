/** Milliseconds between asking the guest to stop and cutting its power, at SIGTERM and SIGINT. vfkit's figure. */
export const STOP_GRACE_MS = 5_000;

/** Milliseconds QEMU has to open its control connection; emulation on a busy host is slow. */
export const QEMU_START_TIMEOUT_MS = 30_000;

/** Milliseconds QEMU has to end by itself when told to `quit`, before it is killed. */
export const QUIT_TIMEOUT_MS = 2_000;

/** Milliseconds a kernel has to print its first line under KVM, before KVM counts as broken. */
export const KVM_PROBE_TIMEOUT_MS = 3_000;

/** Environment variables, all optional. */
export const ENVIRONMENT = {
  /** The guest's architecture, as `process.arch`; the computer's own without it. */
  architecture: "VFKIT_QEMU_ARCH",
  /** `kvm` or `tcg`; without it KVM is probed. */
  accelerator: "VFKIT_QEMU_ACCEL",
  /** Prefix of the tap interfaces that `nat` takes one of; without it `nat` is QEMU's user network. */
  natTaps: "VFKIT_QEMU_NAT_TAPS",
  /** Directory for locks, the verdict on KVM and short-lived sockets. */
  runDir: "VFKIT_QEMU_RUN_DIR",
} as const;

/** The version of vfkit whose behaviour this is. */
export const VFKIT_VERSION = "v0.6.4";

/** Bytes that a datagram socket's path may have, less one: macOS's limit, which vfkit checks. */
export const MAX_DATAGRAM_PATH_BYTES = 104;
