import type { Device, NetworkAttachment, VirtualMachine } from "@vfkit-machine/vfkit-config";
import { restUriForUnixSocket } from "@vfkit-machine/vfkit-config";
import type { MachinePaths } from "./machine-paths.js";
import type { MachineConfig } from "./types.js";

/** What the machine needs of its files to be described. */
export type VirtualMachinePaths = Pick<
  MachinePaths,
  "iso" | "kernel" | "initrd" | "disk" | "extraDisks" | "serialLog" | "vfkitSocket" | "helperSocket"
>;

/**
 * The machine as vfkit shall run it. Disks come in the order in which the guest names them: the ISO
 * first, read-only, then the data disk, then the extra disks.
 *
 * There is no memory balloon: nobody would ever inflate it.
 *
 * @param arch as `process.arch`: decides the console that the kernel writes to
 */
export function buildVirtualMachine(
  config: MachineConfig,
  paths: VirtualMachinePaths,
  arch: string,
): VirtualMachine {
  return {
    cpus: config.cpus,
    memoryMiB: config.memoryMiB,
    bootloader: {
      kind: "linux",
      kernelPath: paths.kernel,
      initrdPath: paths.initrd,
      kernelCmdline: kernelCmdline(arch, config.kernelCmdline),
    },
    restfulUri: restUriForUnixSocket(paths.vfkitSocket),
    logLevel: "info",
    devices: [
      {
        kind: "virtio-net",
        attachment: attachment(config, paths),
        macAddress: config.macAddress,
      },
      { kind: "virtio-rng" },
      { kind: "virtio-blk", path: paths.iso, readOnly: true },
      { kind: "virtio-blk", path: paths.disk },
      ...paths.extraDisks.map((path): Device => ({ kind: "virtio-blk", path })),
      { kind: "virtio-serial", attachment: { kind: "log-file", path: paths.serialLog } },
      ...config.mounts.map(({ hostPath }, index): Device => ({
        kind: "virtio-fs",
        sharedDir: hostPath,
        mountTag: mountTag(index),
      })),
      ...(config.rosetta === true ? [{ kind: "rosetta", mountTag: ROSETTA_TAG } as const] : []),
    ],
  };
}

/** The virtio-fs tag under which the guest finds Apple's Rosetta. */
export const ROSETTA_TAG = "vfm-rosetta";

/** The virtio-fs tag of the mount at this place in the configuration; the guest mounts by it. */
export function mountTag(index: number): string {
  return `vfm-${index}`;
}

/**
 * `console=hvc0` is where virtio-serial is on arm64. On x86-64 the images of this kind know only the
 * serial port, which vfkit does not have: there the serial log stays empty. The rest is what the
 * boot loader of a boot2docker ISO would pass (quiet kernel, no embedded disk image, nothing restored
 * from other disks); arm64 images never had such a loader.
 */
export function kernelCmdline(arch: string, appended: string): string {
  const base =
    arch === "arm64" ? "console=hvc0" : "console=ttyS0 loglevel=3 noembed nomodeset norestore base";
  return appended.trim() === "" ? base : `${base} ${appended.trim()}`;
}

function attachment(config: MachineConfig, paths: VirtualMachinePaths): NetworkAttachment {
  return config.network === "nat"
    ? { kind: "nat" }
    : { kind: "unix-socket", path: paths.helperSocket };
}
