import type { Device, LinuxBootloader, VirtualMachine } from "@vfkit-machine/vfkit-config";
import { failure } from "./errors.js";

/** A machine of which QEMU can stand in for every part. */
export type SupportedMachine = VirtualMachine & { readonly bootloader: LinuxBootloader };

/**
 * Refuses, by name, what vfkit can do and QEMU on Linux cannot do in its place. A Rosetta share with
 * `ignore-if-missing` is dropped, as vfkit drops it where Rosetta is not installed.
 *
 * @throws MachineError `ERR_UNSUPPORTED_BY_QEMU`
 */
export function requireSupported(machine: VirtualMachine): SupportedMachine {
  const { bootloader } = machine;
  if (bootloader.kind !== "linux") {
    throw refusal(
      `the ${bootloader.kind} bootloader`,
      "Boot a kernel: --kernel, --initrd, --kernel-cmdline.",
    );
  }
  if (machine.gui === true) throw refusal("--gui", "Machines run without a window here.");
  if (machine.nested === true) throw refusal("--nested");
  if (machine.timesyncVsockPort !== undefined)
    throw refusal("--timesync", "It needs virtio-vsock.");
  if (machine.ignitionPath !== undefined) throw refusal("--ignition", "It needs virtio-vsock.");
  if (machine.cloudInit !== undefined) {
    throw refusal("--cloud-init", "Make the cidata ISO yourself and give it as virtio-blk.");
  }
  const devices = machine.devices.filter(
    (device) => !(device.kind === "rosetta" && device.ignoreIfMissing === true),
  );
  for (const device of devices) requireSupportedDevice(device);
  return { ...machine, bootloader, devices };
}

function requireSupportedDevice(device: Device): void {
  switch (device.kind) {
    case "virtio-vsock":
      throw refusal(
        "virtio-vsock",
        "QEMU connects vsock to the host's kernel, not to a unix socket.",
      );
    case "rosetta":
      throw refusal("rosetta", "It is Apple's: run the guest's x86-64 programs on an x86-64 host.");
    case "nbd":
      if (!device.uri.startsWith("nbds")) return;
      throw refusal(`an nbd device over TLS (${device.uri})`);
    case "virtio-blk":
    case "nvme":
    case "usb-mass-storage":
    case "virtio-net":
    case "virtio-serial":
    case "virtio-rng":
    case "virtio-balloon":
    case "virtio-fs":
    case "virtio-gpu":
    case "virtio-input":
      return;
  }
}

function refusal(what: string, hint?: string): Error {
  return failure("ERR_UNSUPPORTED_BY_QEMU", `QEMU cannot stand in for ${what}`, { hint });
}
