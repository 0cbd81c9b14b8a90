import type { Device, VirtualMachine } from "./types.js";

/** What of a machine needs a recent vfkit, and how recent. */
export interface RequiredVersion {
  /** As in `0.6.2`. */
  readonly version: string;
  /** As it stands on the command line. */
  readonly feature: string;
}

/**
 * The oldest vfkit that knows everything a machine uses, with the feature that asks for it. Before
 * its release an option is an error (`unknown flag`, `unknown option`).
 *
 * @returns undefined when any vfkit since 0.5.1 will do
 */
export function requiredVersion(machine: VirtualMachine): RequiredVersion | undefined {
  const all = [...optionsOf(machine), ...machine.devices.flatMap((device) => featuresOf(device))];
  return all.toSorted((a, b) => b.version.localeCompare(a.version))[0];
}

function optionsOf({
  bootloader,
  nested,
  pidFile,
  cloudInit,
  ignitionPath,
}: VirtualMachine): RequiredVersion[] {
  return [
    ...since("0.6.2", "--nested", nested === true),
    ...since("0.6.2", "--pidfile", pidFile !== undefined),
    ...since("0.6.2", "--cloud-init network-config", cloudInit?.networkConfigPath !== undefined),
    ...since("0.6.1", "--cloud-init", cloudInit !== undefined),
    ...since("0.6.0", "--ignition", ignitionPath !== undefined),
    ...since("0.6.0", "--bootloader macos", bootloader.kind === "macos"),
  ];
}

function featuresOf(device: Device): RequiredVersion[] {
  const { kind } = device;
  return [
    ...since(
      "0.6.2",
      `${kind},type=`,
      "type" in device && kind !== "virtio-input" && device.type !== undefined,
    ),
    ...since("0.6.2", `${kind},pty`, kind === "virtio-serial" && device.attachment.kind === "pty"),
    ...since("0.6.2", `${kind},vfkitMagic=off`, kind === "virtio-net" && skipsMagic(device)),
    ...since("0.6.1", kind, kind === "virtio-balloon"),
    ...since("0.6.0", kind, kind === "nbd" || kind === "nvme"),
    ...since("0.6.0", `${kind},readonly`, "readOnly" in device && device.readOnly === true),
    ...since(
      "0.6.0",
      `${kind},ignore-if-missing`,
      kind === "rosetta" && device.ignoreIfMissing === true,
    ),
  ];
}

function skipsMagic({ attachment }: Extract<Device, { kind: "virtio-net" }>): boolean {
  return attachment.kind === "unix-socket" && attachment.vfkitMagic === false;
}

function since(version: string, feature: string, used: boolean): RequiredVersion[] {
  return used ? [{ version, feature }] : [];
}
