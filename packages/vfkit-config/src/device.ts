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

const FORMATTERS: { readonly [K in Device["kind"]]: (device: OfKind<K>) => readonly string[] } = {
  "virtio-blk": formatVirtioBlk,
  nvme: formatBacking,
  "usb-mass-storage": formatBacking,
  nbd: formatNbd,
  "virtio-net": formatVirtioNet,
  "virtio-serial": formatVirtioSerial,
  "virtio-rng": () => [],
  "virtio-balloon": () => [],
  "virtio-vsock": formatVirtioVsock,
  "virtio-fs": formatVirtioFs,
  rosetta: formatRosetta,
  "virtio-gpu": formatVirtioGpu,
  "virtio-input": ({ type }) => [type],
};

type OfKind<K extends Device["kind"]> = Extract<Device, { readonly kind: K }>;

/** Writes the value of one `--device`, of a device that `check-device.ts` has nothing against. */
export function formatDevice(device: Device): string {
  const format = FORMATTERS[device.kind] as (device: Device) => readonly string[];
  return [device.kind, ...format(device)].join(",");
}
