import type { Device, LinuxBootloader, VirtualMachine } from "@vfkit-machine/vfkit-config";
import { failure } from "./errors.js";
import type { Accelerator, QemuPlatform } from "./qemu-platform.js";
import * as options from "./qemu-devices.js";
import type { NetworkCard } from "./qemu-devices.js";

/** What was decided, opened or started before QEMU, so that its argv follows from it alone. */
export interface QemuPlan {
  readonly platform: QemuPlatform;
  readonly accelerator: Accelerator;
  readonly machine: VirtualMachine & { readonly bootloader: LinuxBootloader };
  /** One for each virtio-net device, in order. */
  readonly networkCards: readonly NetworkCard[];
  /** virtiofsd's socket for each virtio-fs device, in order. */
  readonly virtiofsdSockets: readonly string[];
  /** The number that QEMU's control connection has in QEMU. */
  readonly controlFd: number;
  /** What `ps` shows. */
  readonly name: string;
}

/** PCI slots of the root bus that are free on every platform: 0 is the host bridge, 31 the PC's ISA bridge. */
const LAST_SLOT = 30;

/**
 * QEMU's arguments for a machine.
 *
 * Devices get ascending PCI slots in the order of the command line, so that the guest finds them in
 * that order: the first virtio-blk is `vda`.
 *
 * @throws MachineError `ERR_UNSUPPORTED_BY_QEMU` for more devices than there are slots
 */
export function buildQemuArgv(plan: QemuPlan): string[] {
  const { machine, platform, accelerator } = plan;
  return [
    ...["-name", plan.name],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...[
      "-machine",
      `${platform.machine},accel=${accelerator}${sharedMemory(plan, ",memory-backend=ram")}`,
    ],
    ...["-cpu", platform.cpu[accelerator], "-smp", String(machine.cpus)],
    ...["-m", `${machine.memoryMiB}M`],
    ...memoryOptions(plan),
    ...["-chardev", `socket,id=control,fd=${plan.controlFd}`],
    ...["-mon", "chardev=control,mode=control"],
    ...["-kernel", machine.bootloader.kernelPath],
    ...["-initrd", machine.bootloader.initrdPath],
    ...["-append", machine.bootloader.kernelCmdline],
    ...deviceOptions(plan),
  ];
}

/** virtiofsd reads the guest's memory, so it must be shareable. */
function memoryOptions(plan: QemuPlan): string[] {
  const object = `memory-backend-memfd,id=ram,share=on,size=${plan.machine.memoryMiB}M`;
  return plan.virtiofsdSockets.length === 0 ? [] : ["-object", object];
}

function sharedMemory(plan: QemuPlan, option: string): string {
  return plan.virtiofsdSockets.length === 0 ? "" : option;
}

function deviceOptions(plan: QemuPlan): string[] {
  const { devices } = plan.machine;
  const nextAddress = slotCounter();
  const cards = plan.networkCards.values();
  const sockets = plan.virtiofsdSockets.values();
  const consoles = devices.filter((device) => device.kind === "virtio-serial").length;
  let console = 0;
  return devices.flatMap((device, index) => {
    const id = `device${index}`;
    switch (device.kind) {
      case "virtio-blk":
      case "nvme":
      case "usb-mass-storage":
        return options.diskOptions(device, id, nextAddress());
      case "nbd":
        return options.nbdOptions(device, id, nextAddress());
      case "virtio-net":
        return options.networkOptions(next(cards), id, nextAddress());
      case "virtio-fs":
        return options.sharedDirectoryOptions(mountTagOf(device), next(sockets), id, nextAddress());
      case "virtio-serial":
        return [
          ...(console++ === 0 ? options.serialControllerOptions(nextAddress(), consoles) : []),
          ...serialOptions(plan, device, id, console === 1),
        ];
      case "virtio-rng":
        return options.plainDeviceOptions("virtio-rng-pci", nextAddress());
      case "virtio-balloon":
        return options.plainDeviceOptions("virtio-balloon-pci", nextAddress());
      case "virtio-gpu":
        return options.gpuOptions(device.widthPixels, device.heightPixels, nextAddress());
      case "virtio-input":
        return options.inputOptions(device.type, id, nextAddress());
      case "virtio-vsock":
      case "rosetta":
        throw new Error(`${device.kind} must be refused before QEMU is started`);
    }
  });
}

function serialOptions(
  plan: QemuPlan,
  device: Extract<Device, { kind: "virtio-serial" }>,
  id: string,
  first: boolean,
): string[] {
  const { attachment } = device;
  if (attachment.kind !== "log-file") return options.consoleOptions(attachment, id);
  return [
    ...options.consoleOptions({ kind: "file", path: attachment.path }, id),
    ...(first && plan.platform.hasCom1 ? options.com1Options(attachment.path) : []),
  ];
}

/** vfkit's default: the last component of the directory. */
function mountTagOf(device: Extract<Device, { kind: "virtio-fs" }>): string {
  const name = device.sharedDir.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return device.mountTag ?? (name === "" ? "/" : name);
}

function slotCounter(): () => string {
  let slot = 0;
  return () => {
    slot += 1;
    if (slot <= LAST_SLOT) return `0x${slot.toString(16)}`;
    throw failure("ERR_UNSUPPORTED_BY_QEMU", `more than ${LAST_SLOT} devices: no PCI slot is left`);
  };
}

function next<T>(items: Iterator<T>): T {
  const { value, done } = items.next();
  if (done === true) throw new Error("a device has no back end: the plan is incomplete");
  return value as T;
}
