import type { MacAddress } from "@vfkit-machine/host/mac-address";

/** One virtual machine, as vfkit's command line describes it. */
export interface VirtualMachine {
  /** Virtual CPUs, 1 or more. vfkit's default is 1. */
  readonly cpus: number;
  /** Memory in MiB (1024 * 1024 bytes), 1 or more. vfkit's default is 512. */
  readonly memoryMiB: number;
  readonly bootloader: Bootloader;
  /** In the order of the command line, which is the order the guest sees. */
  readonly devices: readonly Device[];
  /** Where vfkit serves its REST API (default: nowhere). See `restUriForUnixSocket`. */
  readonly restfulUri?: string | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** vfkit writes its process id there and never removes it. Needs vfkit 0.6.2. */
  readonly pidFile?: string | undefined;
  /** Shows a window; vfkit adds the GPU and the keyboard that are missing. */
  readonly gui?: boolean | undefined;
  /** Nested virtualization; needs vfkit 0.6.2, macOS 15 and an M3 or later. */
  readonly nested?: boolean | undefined;
  /** vsock port of the guest's qemu-guest-agent, through which vfkit sets the clock after the host slept. */
  readonly timesyncVsockPort?: number | undefined;
  /** Ignition configuration, served to the guest over vsock port 1024. */
  readonly ignitionPath?: string | undefined;
  readonly cloudInit?: CloudInit | undefined;
}

/** What `--log-level` takes. */
export type LogLevel = "debug" | "info" | "error";

/**
 * Files that vfkit puts on an ISO named `cidata`. It knows them by their file names: each path must
 * end in the name given here. At least one of `user-data` and `meta-data` must be there.
 */
export interface CloudInit {
  /** Path of a file named `user-data`. */
  readonly userDataPath?: string | undefined;
  /** Path of a file named `meta-data`. */
  readonly metaDataPath?: string | undefined;
  /** Path of a file named `network-config`. */
  readonly networkConfigPath?: string | undefined;
}

/** How the guest starts. */
export type Bootloader = LinuxBootloader | EfiBootloader | MacosBootloader;

/** Boots a Linux kernel directly. */
export interface LinuxBootloader {
  readonly kind: "linux";
  /** Uncompressed on arm64: vfkit refuses anything else there. */
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly kernelCmdline: string;
  /**
   * How the command line says it: `flags` is `--kernel`, `--initrd` and `--kernel-cmdline`, which
   * take any text; `option` is `--bootloader linux,...`, which cannot express every text.
   * Default `flags`. It has no meaning beyond the command line.
   */
  readonly form?: "flags" | "option" | undefined;
}

/** Boots a disk through EFI. */
export interface EfiBootloader {
  readonly kind: "efi";
  readonly variableStorePath: string;
  /** Create the variable store (default: it must exist). */
  readonly create?: boolean | undefined;
}

/** Boots macOS; Apple silicon only. */
export interface MacosBootloader {
  readonly kind: "macos";
  readonly machineIdentifierPath: string;
  readonly hardwareModelPath: string;
  readonly auxImagePath: string;
}

/** One `--device`. */
export type Device =
  | VirtioBlk
  | Nvme
  | UsbMassStorage
  | NetworkBlockDevice
  | VirtioNet
  | VirtioSerial
  | VirtioRng
  | VirtioBalloon
  | VirtioVsock
  | VirtioFs
  | Rosetta
  | VirtioGpu
  | VirtioInput;

/** What the disk devices share. */
export interface DiskBacking {
  /** A raw image or an ISO, or a block device when `type` is `dev`. */
  readonly path: string;
  readonly readOnly?: boolean | undefined;
  /** `image`: a regular file; `dev`: a block device. vfkit's default is `image`. Needs vfkit 0.6.2. */
  readonly type?: "image" | "dev" | undefined;
}

export interface VirtioBlk extends DiskBacking {
  readonly kind: "virtio-blk";
  /** `/dev/disk/by-id/virtio-ID` in the guest: ASCII, at most 20 bytes. */
  readonly deviceId?: string | undefined;
}

export interface Nvme extends DiskBacking {
  readonly kind: "nvme";
}

export interface UsbMassStorage extends DiskBacking {
  readonly kind: "usb-mass-storage";
}

/** A disk of an NBD server. */
export interface NetworkBlockDevice {
  readonly kind: "nbd";
  /** Scheme `nbd`, `nbds`, `nbd+unix` or `nbds+unix`. */
  readonly uri: string;
  /** As of {@link VirtioBlk}, but mandatory and without a slash. */
  readonly deviceId: string;
  /** Connection timeout in milliseconds (default 15000). */
  readonly timeoutMs?: number | undefined;
  /** `full` (vfkit's default) honours the guest's flushes, `none` does not. */
  readonly sync?: "full" | "none" | undefined;
  readonly readOnly?: boolean | undefined;
}

export interface VirtioNet {
  readonly kind: "virtio-net";
  readonly attachment: NetworkAttachment;
  /** Default: a random one at each start. */
  readonly macAddress?: MacAddress | undefined;
}

/** Where the guest's frames go. */
export type NetworkAttachment =
  /** Apple's NAT. */
  | { readonly kind: "nat" }
  /** A connected datagram socket that vfkit inherits. */
  | { readonly kind: "fd"; readonly fd: number }
  /** A unix datagram socket, as of vmnet-helper or gvproxy. */
  | {
      readonly kind: "unix-socket";
      /** At most 103 bytes, its directory at most 81: vfkit binds a socket of its own beside it. */
      readonly path: string;
      /** Send `VFKT` as the first datagram (default true). Turning it off needs vfkit 0.6.2. */
      readonly vfkitMagic?: boolean | undefined;
    }
  /** Only in what `parseInspect` returns: a running vfkit no longer says which socket it is. */
  | { readonly kind: "connected" };

export interface VirtioSerial {
  readonly kind: "virtio-serial";
  readonly attachment: SerialAttachment;
}

/** Where the guest's console goes. */
export type SerialAttachment =
  /** A file, truncated at each start. */
  | { readonly kind: "log-file"; readonly path: string }
  | { readonly kind: "stdio" }
  /** A pseudo-terminal; vfkit says its `name` in the inspect JSON, nobody else sets it. Needs vfkit 0.6.2. */
  | { readonly kind: "pty"; readonly name?: string | undefined };

export interface VirtioRng {
  readonly kind: "virtio-rng";
}

export interface VirtioBalloon {
  readonly kind: "virtio-balloon";
}

export interface VirtioVsock {
  readonly kind: "virtio-vsock";
  /** 0 to 2^32 - 1; 0 is what vfkit assumes when none is given. */
  readonly port: number;
  /** Unix socket on the host, at most 103 bytes; without it vfkit exposes nothing. */
  readonly socketPath?: string | undefined;
  /** `listen`: the guest connects to the host (vfkit's default); `connect`: the host connects to the guest. */
  readonly direction: "listen" | "connect";
}

/** A shared directory; vfkit cannot make it read-only. */
export interface VirtioFs {
  readonly kind: "virtio-fs";
  readonly sharedDir: string;
  /** Fewer than 36 bytes. Default: the last component of `sharedDir`. */
  readonly mountTag?: string | undefined;
}

/** Apple's x86-64 translator for Linux guests; Apple silicon only. */
export interface Rosetta {
  readonly kind: "rosetta";
  /** Fewer than 36 bytes. */
  readonly mountTag: string;
  readonly install?: boolean | undefined;
  readonly ignoreIfMissing?: boolean | undefined;
}

export interface VirtioGpu {
  readonly kind: "virtio-gpu";
  /** vfkit's default is 800. */
  readonly widthPixels: number;
  /** vfkit's default is 600. */
  readonly heightPixels: number;
}

export interface VirtioInput {
  readonly kind: "virtio-input";
  readonly type: "pointing" | "keyboard";
}
