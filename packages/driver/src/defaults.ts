/** Times in milliseconds, sizes with their unit in the name. One place, so that a README can quote it. */
export const DEFAULTS = {
  cpus: 2,
  memoryMiB: 4096,
  diskSizeMiB: 20_480,
  network: "nat",
  sshPort: 22,
  sshUser: "docker",
  dockerPort: 2376,
} as const;

/** What an option may be; beyond it the value is a slip of the hand, not a wish. */
export const LIMITS = {
  cpus: { min: 1, max: 128 },
  memoryMiB: { min: 256, max: 4_194_304 },
  /** The first 4096 bytes carry the keys, and ext4 needs room to be worth making. */
  diskSizeMiB: { min: 16, max: 67_108_864 },
  extraDiskSizeMiB: { min: 1, max: 67_108_864 },
  extraDisks: 16,
  mounts: 16,
  /** `COMMAND_LINE_SIZE` of Linux on arm64 and x86-64, with its final NUL. */
  kernelCmdlineBytes: 2047,
} as const;

/** Bytes of a unix socket's path that macOS accepts: `sun_path` has 104, the last is NUL. */
export const SOCKET_PATH_MAX_BYTES = 103;
/** vfkit binds a socket of its own, with a name of up to 21 more bytes, beside vmnet-helper's. */
export const HELPER_SOCKET_DIRECTORY_MAX_BYTES = 81;

export const TIMES = {
  /** Until another command must have let go of the machine. */
  lockMs: 5_000,
  lockLookMs: 25,
  /** A lock without a holder's name is that of a program which died while it made it. */
  abandonedMs: 60_000,
  /** From the start of a machine to its SSH. */
  startMs: 300_000,
  /** vfkit answers REST within a fraction of a second, or something is wrong. */
  restMs: 30_000,
  /** For vmnet-helper's interface and socket: it hangs for ever when networks conflict. */
  helperMs: 30_000,
  /** One REST call when only the state is asked. */
  restCallMs: 2_000,
  /** Guests take 5 to 20 s to ask for an address; then the cause of the silence is looked for. */
  leasePatienceMs: 12_000,
  /** Guests answer SSH before they have unpacked their keys, which takes them seconds. */
  keyPatienceMs: 20_000,
  /** Between two looks at the serial log while the guest is waited for. */
  bootLookMs: 1_000,
  /** One attempt to reach a guest that has an address. */
  probeMs: 1_000,
  mountMs: 30_000,
  /** To set the clock of a guest that was paused. */
  clockMs: 5_000,
  /** For a guest to write its new disk. */
  flushMs: 5_000,
  /** That the guest has to shut down. */
  gracePeriodMs: 30_000,
  /** A guest that is still booting does not hear the power button: press it again. */
  powerButtonMs: 5_000,
  /** That a vfkit which refuses to stop its guest has to turn out to be ending already. */
  refusedMs: 250,
  /** After SIGTERM vfkit asks the guest once more, for 5 s, and then cuts the power. */
  terminateMs: 7_000,
  killMs: 5_000,
  /** SIGTERM to SIGKILL while a start is undone: all of it must fit into 5 s. */
  undoGraceMs: 2_500,
  helperStopMs: 5_000,
  versionMs: 10_000,
} as const;
