import { parseGoInt32 } from "./go-values.js";
import { invalidValue, refuseOption, refuseValue, type Option } from "./options.js";
import type { DiskBacking, NetworkBlockDevice, Nvme, UsbMassStorage, VirtioBlk } from "./types.js";

// An option that is mandatory but missing is left empty here: check-machine.ts says so.

export function parseVirtioBlk(options: readonly Option[]): VirtioBlk {
  const ids = options.filter(({ key }) => key === "deviceId");
  const others = options.filter(({ key }) => key !== "deviceId");
  const deviceId = ids.at(-1)?.value ?? "";
  return {
    kind: "virtio-blk",
    ...parseBacking("virtio-blk", others),
    ...(deviceId === "" ? {} : { deviceId }),
  };
}

export function parseNvme(options: readonly Option[]): Nvme {
  return { kind: "nvme", ...parseBacking("nvme", options) };
}

export function parseUsbMassStorage(options: readonly Option[]): UsbMassStorage {
  return { kind: "usb-mass-storage", ...parseBacking("usb-mass-storage", options) };
}

export function formatVirtioBlk(device: VirtioBlk): string[] {
  const { deviceId } = device;
  return [...formatBacking(device), ...(deviceId === undefined ? [] : [`deviceId=${deviceId}`])];
}

export function formatBacking({ path, type, readOnly }: DiskBacking): string[] {
  return [
    `path=${path}`,
    ...(type === undefined ? [] : [`type=${type}`]),
    ...(readOnly === true ? ["readonly"] : []),
  ];
}

function parseBacking(kind: string, options: readonly Option[]): DiskBacking {
  let path = "";
  let type: DiskBacking["type"];
  let readOnly = false;
  for (const option of options) {
    switch (option.key) {
      case "path":
        path = option.value;
        break;
      case "type":
        type = parseType(kind, option);
        break;
      case "readonly":
        refuseValue(kind, option);
        readOnly = true;
        break;
      default:
        refuseOption(kind, option);
    }
  }
  return {
    path,
    ...(type === undefined ? {} : { type }),
    ...(readOnly ? { readOnly } : {}),
  };
}

function parseType(kind: string, option: Option): DiskBacking["type"] {
  const { value } = option;
  if (value === "") return undefined;
  if (value === "image" || value === "dev") return value;
  return invalidValue(kind, option, "image or dev");
}

export function parseNbd(options: readonly Option[]): NetworkBlockDevice {
  const strings = { uri: "", deviceId: "" };
  let timeoutMs: number | undefined;
  let sync: NetworkBlockDevice["sync"];
  let readOnly = false;
  for (const option of options) {
    const { key, value } = option;
    switch (key) {
      case "uri":
      case "deviceId":
        strings[key] = value;
        break;
      case "timeout":
        timeoutMs = parseGoInt32(value) ?? invalidValue("nbd", option, "milliseconds, 32 bits");
        break;
      case "sync":
        sync = value === "full" || value === "none" ? value : parseSync(option);
        break;
      case "readonly":
        refuseValue("nbd", option);
        readOnly = true;
        break;
      default:
        refuseOption("nbd", option);
    }
  }
  return {
    kind: "nbd",
    ...strings,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(sync === undefined ? {} : { sync }),
    ...(readOnly ? { readOnly } : {}),
  };
}

function parseSync(option: Option): never {
  return invalidValue("nbd", option, "full or none");
}

export function formatNbd(device: NetworkBlockDevice): string[] {
  const { uri, deviceId, timeoutMs, sync, readOnly } = device;
  return [
    `uri=${uri}`,
    ...(readOnly === true ? ["readonly"] : []),
    `deviceId=${deviceId}`,
    ...(timeoutMs === undefined ? [] : [`timeout=${timeoutMs}`]),
    ...(sync === undefined ? [] : [`sync=${sync}`]),
  ];
}
