import type {
  Device,
  LinuxBootloader,
  VirtioFs,
  VirtioSerial,
  VirtualMachine,
} from "@vfkit-machine/vfkit-config";
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
  const { kernelPath, initrdPath, kernelCmdline } = machine.bootloader;
  // virtiofsd reads the guest's memory, so it must be shareable then.
  const shared = plan.virtiofsdSockets.length > 0;
  const size = `${machine.memoryMiB}M`;
  const memory = `memory-backend-memfd,id=ram,share=on,size=${size}`;
  const computer = `${platform.machine},accel=${accelerator}`;
  return [
    ["-name", plan.name],
    ["-nodefaults", "-no-user-config", "-display", "none"],
    ["-machine", shared ? `${computer},memory-backend=ram` : computer],
    ["-cpu", platform.cpu[accelerator], "-smp", String(machine.cpus), "-m", size],
    shared ? ["-object", memory] : [],
    ["-chardev", `socket,id=control,fd=${plan.controlFd}`],
    ["-mon", "chardev=control,mode=control"],
    ["-kernel", kernelPath, "-initrd", initrdPath, "-append", kernelCmdline],
    ...deviceOptions(plan),
  ].flat();
}

/** What a device takes of its surroundings. */
interface Surroundings {
  readonly plan: QemuPlan;
  /** Unique among devices. */
  readonly id: string;
  /** A PCI slot of its own. */
  readonly nextAddress: () => string;
  readonly nextCard: () => NetworkCard;
  readonly nextVirtiofsdSocket: () => string;
}

type OfKind<K extends Device["kind"]> = Extract<Device, { kind: K }>;

const BUILDERS: {
  readonly [K in Device["kind"]]: (device: OfKind<K>, around: Surroundings) => string[];
} = {
  "virtio-blk": (device, { id, nextAddress }) => options.diskOptions(device, id, nextAddress()),
  nvme: (device, { id, nextAddress }) => options.diskOptions(device, id, nextAddress()),
  "usb-mass-storage": (device, { id, nextAddress }) =>
    options.diskOptions(device, id, nextAddress()),
  nbd: (device, { id, nextAddress }) => options.nbdOptions(device, id, nextAddress()),
  "virtio-net": (_, { id, nextAddress, nextCard }) =>
    options.networkOptions(nextCard(), id, nextAddress()),
  "virtio-fs": (device, { id, nextAddress, nextVirtiofsdSocket }) =>
    options.sharedDirectoryOptions(mountTagOf(device), nextVirtiofsdSocket(), id, nextAddress()),
  "virtio-serial": serialOptions,
  "virtio-rng": (_, { nextAddress }) => options.plainDeviceOptions("virtio-rng-pci", nextAddress()),
  "virtio-balloon": (_, { nextAddress }) =>
    options.plainDeviceOptions("virtio-balloon-pci", nextAddress()),
  "virtio-gpu": (device, { nextAddress }) =>
    options.gpuOptions(device.widthPixels, device.heightPixels, nextAddress()),
  "virtio-input": (device, { id, nextAddress }) =>
    options.inputOptions(device.type, id, nextAddress()),
  "virtio-vsock": refusedBefore,
  rosetta: refusedBefore,
};

function deviceOptions(plan: QemuPlan): string[][] {
  const nextAddress = slotCounter();
  const nextCard = taker(plan.networkCards);
  const nextVirtiofsdSocket = taker(plan.virtiofsdSockets);
  return plan.machine.devices.map((device, index) => {
    // The table is typed by kind; TypeScript does not see that key and argument go together.
    const build = BUILDERS[device.kind] as (device: Device, around: Surroundings) => string[];
    const id = `device${index}`;
    return build(device, { plan, id, nextAddress, nextCard, nextVirtiofsdSocket });
  });
}

/** All consoles are ports of one controller; the first log file gets what COM1 says too. */
function serialOptions(device: VirtioSerial, { plan, id, nextAddress }: Surroundings): string[] {
  const { attachment } = device;
  const consoles = plan.machine.devices.filter(({ kind }) => kind === "virtio-serial");
  const first = consoles[0] === device;
  const firstLog = consoles.find(
    (each) => each.kind === "virtio-serial" && each.attachment.kind === "log-file",
  );
  return [
    first ? options.serialControllerOptions(nextAddress(), consoles.length) : [],
    options.consoleOptions(
      attachment.kind === "log-file" ? { kind: "file", path: attachment.path } : attachment,
      id,
    ),
    attachment.kind === "log-file" && device === firstLog && plan.platform.hasCom1
      ? options.com1Options(attachment.path)
      : [],
  ].flat();
}

/** vfkit's default: the last component of the directory. */
function mountTagOf({ mountTag, sharedDir }: VirtioFs): string {
  if (mountTag !== undefined) return mountTag;
  const name = sharedDir.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return name === "" ? "/" : name;
}

function refusedBefore(device: Device): never {
  throw new Error(`${device.kind} must be refused before QEMU is started`);
}

function slotCounter(): () => string {
  let slot = 0;
  return () => {
    slot += 1;
    if (slot <= LAST_SLOT) return `0x${slot.toString(16)}`;
    throw failure("ERR_UNSUPPORTED_BY_QEMU", `more than ${LAST_SLOT} devices: no PCI slot is left`);
  };
}

function taker<T>(items: readonly T[]): () => T {
  const rest = [...items];
  return () => {
    const item = rest.shift();
    if (item === undefined) throw new Error("a device has no back end: the plan is incomplete");
    return item;
  };
}
