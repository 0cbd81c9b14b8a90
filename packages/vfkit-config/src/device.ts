import {
  formatBacking,
  formatNbd,
  formatVirtioBlk,
  parseNbd,
  parseNvme,
  parseUsbMassStorage,
  parseVirtioBlk,
} from "./disk-devices.js";
import { quote, usageError } from "./errors.js";
import { formatVirtioNet, parseVirtioNet } from "./network-device.js";
import { toOptions, type Option } from "./options.js";
import {
  formatRosetta,
  formatVirtioFs,
  formatVirtioGpu,
  formatVirtioSerial,
  formatVirtioVsock,
  parseBare,
  parseRosetta,
  parseVirtioFs,
  parseVirtioGpu,
  parseVirtioInput,
  parseVirtioSerial,
  parseVirtioVsock,
} from "./other-devices.js";
import type { Device } from "./types.js";

const PARSERS: Readonly<Record<Device["kind"], (options: readonly Option[]) => Device>> = {
  "virtio-blk": parseVirtioBlk,
  nvme: parseNvme,
  "usb-mass-storage": parseUsbMassStorage,
  nbd: parseNbd,
  "virtio-net": parseVirtioNet,
  "virtio-serial": parseVirtioSerial,
  "virtio-rng": (options) => parseBare("virtio-rng", options),
  "virtio-balloon": (options) => parseBare("virtio-balloon", options),
  "virtio-vsock": parseVirtioVsock,
  "virtio-fs": parseVirtioFs,
  rosetta: parseRosetta,
  "virtio-gpu": parseVirtioGpu,
  "virtio-input": parseVirtioInput,
};

/** Reads the value of one `--device`: split at every comma, quotes mean nothing. @throws MachineError `ERR_VFKIT_USAGE` */
export function parseDevice(text: string): Device {
  const [kind = "", ...items] = text.split(",");
  if (!Object.hasOwn(PARSERS, kind)) throw usageError(`unknown device type: ${quote(kind)}`);
  return PARSERS[kind as Device["kind"]](toOptions(items));
}

/** Writes the value of one `--device`, of a device that `check-machine.ts` has nothing against. */
export function formatDevice(device: Device): string {
  return [device.kind, ...formatOptions(device)].join(",");
}

function formatOptions(device: Device): string[] {
  switch (device.kind) {
    case "virtio-blk":
      return formatVirtioBlk(device);
    case "nvme":
    case "usb-mass-storage":
      return formatBacking(device);
    case "nbd":
      return formatNbd(device);
    case "virtio-net":
      return formatVirtioNet(device);
    case "virtio-serial":
      return formatVirtioSerial(device);
    case "virtio-rng":
    case "virtio-balloon":
      return [];
    case "virtio-vsock":
      return formatVirtioVsock(device);
    case "virtio-fs":
      return formatVirtioFs(device);
    case "rosetta":
      return formatRosetta(device);
    case "virtio-gpu":
      return formatVirtioGpu(device);
    case "virtio-input":
      return [device.type];
  }
}
