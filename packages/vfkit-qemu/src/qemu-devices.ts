import type { MacAddress } from "@vfkit-machine/host";
import type { DiskBacking, NetworkBlockDevice, VirtioBlk } from "@vfkit-machine/vfkit-config";

/** Where a guest's network card is plugged in, decided before QEMU starts. */
export type NetworkBackend =
  | { readonly kind: "tap"; readonly interfaceName: string }
  | { readonly kind: "user" }
  | { readonly kind: "unix-datagram"; readonly localPath: string; readonly remotePath: string }
  /** A connected datagram socket, as QEMU itself numbers it. */
  | { readonly kind: "inherited"; readonly fd: number };

export interface NetworkCard {
  readonly backend: NetworkBackend;
  readonly macAddress: MacAddress;
}

/** Where the guest's console output goes. */
export type ConsoleBackend =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdio" }
  | { readonly kind: "pty" };

/** QEMU's option and its value, twice over where a device has a host half and a guest half. */
type Options = string[];

// JSON wherever QEMU takes it: no path can then be misread for the sake of a comma.
const json = (value: object): string => JSON.stringify(value);

/** A disk of the guest; `id` is unique among disks. */
export function diskOptions(
  disk: VirtioBlk | (DiskBacking & { readonly kind: "nvme" | "usb-mass-storage" }),
  id: string,
  address: string,
): Options {
  const readOnly = disk.readOnly ?? false;
  const driver = disk.type === "dev" ? "host_device" : "file";
  const node = {
    driver: "raw",
    "node-name": id,
    "read-only": readOnly,
    discard: "unmap",
    file: { driver, filename: disk.path, ...(disk.type === "dev" ? {} : { locking: "auto" }) },
  };
  return ["-blockdev", json(node), ...diskDevice(disk, id, address)];
}

function diskDevice(
  disk: VirtioBlk | { readonly kind: "nvme" | "usb-mass-storage" },
  id: string,
  address: string,
): Options {
  if (disk.kind === "virtio-blk") return virtioBlkDevice(id, address, disk.deviceId);
  if (disk.kind === "nvme") {
    return ["-device", json({ driver: "nvme", serial: id, drive: id, addr: address })];
  }
  return usbDeviceOptions({ driver: "usb-storage", drive: id }, `usb-${id}`, address);
}

function virtioBlkDevice(id: string, address: string, deviceId: string | undefined): Options {
  const device = {
    driver: "virtio-blk-pci",
    drive: id,
    addr: address,
    // By default QEMU pauses the machine, without a word, when the host's disk is full.
    werror: "report",
    ...(deviceId === undefined ? {} : { serial: deviceId }),
  };
  return ["-device", json(device)];
}

/** A disk of an NBD server on TCP or on a unix socket, without TLS. */
export function nbdOptions(disk: NetworkBlockDevice, id: string, address: string): Options {
  const uri = new URL(disk.uri);
  const server = uri.protocol.endsWith("+unix:")
    ? { type: "unix", path: uri.searchParams.get("socket") ?? "" }
    : { type: "inet", host: uri.hostname, port: uri.port === "" ? "10809" : uri.port };
  const exportName = decodeURIComponent(uri.pathname.slice(1));
  const node = {
    driver: "raw",
    "node-name": id,
    "read-only": disk.readOnly ?? false,
    cache: { "no-flush": disk.sync === "none" },
    file: { driver: "nbd", server, ...(exportName === "" ? {} : { export: exportName }) },
  };
  return ["-blockdev", json(node), ...virtioBlkDevice(id, address, disk.deviceId)];
}

export function networkOptions(card: NetworkCard, id: string, address: string): Options {
  const device = {
    driver: "virtio-net-pci",
    netdev: id,
    mac: card.macAddress,
    addr: address,
    // No option ROM: nothing boots from the network.
    romfile: "",
  };
  return ["-netdev", json({ id, ...netdev(card.backend) }), "-device", json(device)];
}

function netdev(backend: NetworkBackend): object {
  if (backend.kind === "user") return { type: "user" };
  if (backend.kind === "tap") {
    return { type: "tap", ifname: backend.interfaceName, script: "no", downscript: "no" };
  }
  if (backend.kind === "inherited") {
    return { type: "dgram", local: { type: "fd", str: String(backend.fd) } };
  }
  return {
    type: "dgram",
    local: { type: "unix", path: backend.localPath },
    remote: { type: "unix", path: backend.remotePath },
  };
}

/** A shared directory; `socketPath` is virtiofsd's. */
export function sharedDirectoryOptions(
  mountTag: string,
  socketPath: string,
  id: string,
  address: string,
): Options {
  const device = { driver: "vhost-user-fs-pci", chardev: id, tag: mountTag, addr: address };
  const chardev = `socket,id=${id},path=${escapeCommas(socketPath)}`;
  return ["-chardev", chardev, "-device", json({ ...device, "queue-size": 1024 })];
}

/** The controller that all consoles of {@link consoleOptions} are ports of. */
export function serialControllerOptions(address: string, ports: number): Options {
  const device = { driver: "virtio-serial-pci", id: "serial", addr: address };
  return ["-device", json({ ...device, max_ports: ports + 1 })];
}

/** `hvcN` of the guest. */
export function consoleOptions(backend: ConsoleBackend, id: string): Options {
  const device = { driver: "virtconsole", bus: "serial.0", chardev: id };
  return ["-chardev", chardev(backend, id), "-device", json(device)];
}

/** COM1, which a kernel of ours writes to before any driver is loaded. */
export function com1Options(path: string): Options {
  const device = { driver: "isa-serial", chardev: "com1", index: 0 };
  return ["-chardev", chardev({ kind: "file", path }, "com1"), "-device", json(device)];
}

function chardev(backend: ConsoleBackend, id: string): string {
  if (backend.kind === "stdio") return `stdio,id=${id},signal=off`;
  if (backend.kind === "pty") return `pty,id=${id}`;
  // Appending, so that two consoles can share a file; whoever starts QEMU empties it first.
  return `file,id=${id},append=on,path=${escapeCommas(backend.path)}`;
}

/** A device without a host half. */
export function plainDeviceOptions(driver: string, address: string): Options {
  return ["-device", json({ driver, addr: address })];
}

/** A pointing device or keyboard: vfkit's are USB devices too. */
export function inputOptions(type: "pointing" | "keyboard", id: string, address: string): Options {
  return usbDeviceOptions({ driver: type === "pointing" ? "usb-tablet" : "usb-kbd" }, id, address);
}

/** A USB device on a controller of its own, which makes its place in the guest that of its slot. */
function usbDeviceOptions(device: object, controller: string, address: string): Options {
  return [
    ["-device", json({ driver: "qemu-xhci", id: controller, addr: address })],
    ["-device", json({ ...device, bus: `${controller}.0` })],
  ].flat();
}

export function gpuOptions(widthPixels: number, heightPixels: number, address: string): Options {
  const device = { driver: "virtio-gpu-pci", addr: address, xres: widthPixels, yres: heightPixels };
  return ["-device", json(device)];
}

/** QEMU's older option syntax splits at single commas. */
function escapeCommas(text: string): string {
  return text.replaceAll(",", ",,");
}
