import { MachineError } from "@vfkit-machine/host/errors";
import { type MacAddress } from "@vfkit-machine/host/mac-address";
import { quote } from "./errors.js";
import { parseGoMac } from "./go-values.js";
import { JsonObject } from "./json-object.js";
import type {
  Bootloader,
  Device,
  DiskBacking,
  NetworkAttachment,
  SerialAttachment,
  VirtioNet,
  VirtualMachine,
} from "./types.js";

const BYTES_PER_MIB = 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000;

/**
 * Reads the answer of vfkit's `GET /vm/inspect`. Members that are not known are passed over; a
 * running vfkit leaves some things out, and then they are left out here too: see
 * {@link NetworkAttachment} `connected`.
 *
 * @param json what `JSON.parse` made of the body
 * @throws MachineError `ERR_VFKIT_INSPECT`, naming the member
 */
export function parseInspect(json: unknown): VirtualMachine {
  const root = JsonObject.of(json, "");
  const devices = root.array("devices");
  const timesync = root.optionalObject("timesync");
  const ignition = root.optionalObject("ignition");
  const gui = devices.some((device) => device.boolean("usesGUI"));
  return {
    cpus: root.integer("vcpus"),
    // vfkit rounds up as well when it makes a command line of this.
    memoryMiB: Math.ceil(root.integer("memoryBytes") / BYTES_PER_MIB),
    bootloader: readBootloader(root.object("bootloader")),
    devices: devices.map(readDevice),
    ...(timesync === undefined ? {} : { timesyncVsockPort: timesync.integer("vsockPort") }),
    ...(ignition === undefined ? {} : { ignitionPath: ignition.string("configPath") }),
    ...(root.boolean("nested") ? { nested: true } : {}),
    ...(gui ? { gui } : {}),
  };
}

function readBootloader(json: JsonObject): Bootloader {
  const kind = json.optionalString("kind");
  switch (kind) {
    case "linuxBootloader":
      return {
        kind: "linux",
        kernelPath: json.string("vmlinuzPath"),
        initrdPath: json.string("initrdPath"),
        kernelCmdline: json.string("kernelCmdLine"),
      };
    case "efiBootloader":
      return {
        kind: "efi",
        variableStorePath: json.string("efiVariableStorePath"),
        ...(json.boolean("createVariableStore") ? { create: true } : {}),
      };
    case undefined:
      // vfkit gives the macOS bootloader no kind.
      return {
        kind: "macos",
        machineIdentifierPath: json.string("machineIdentifierPath"),
        hardwareModelPath: json.string("hardwareModelPath"),
        auxImagePath: json.string("auxImagePath"),
      };
    default:
      throw unknownKind(json, kind);
  }
}

function readDevice(json: JsonObject): Device {
  const kind = json.string("kind");
  switch (kind) {
    case "virtioblk": {
      const deviceId = json.optionalString("deviceIdentifier");
      return {
        kind: "virtio-blk",
        ...readDisk(json),
        ...(deviceId === undefined ? {} : { deviceId }),
      };
    }
    case "nvme":
      return { kind: "nvme", ...readDisk(json) };
    case "usbmassstorage":
      return { kind: "usb-mass-storage", ...readDisk(json) };
    case "nbd":
      return {
        kind: "nbd",
        uri: json.string("uri"),
        deviceId: json.string("DeviceIdentifier"),
        timeoutMs: Math.trunc(json.integer("Timeout") / NANOSECONDS_PER_MS),
        sync: json.oneOf("SynchronizationMode", ["full", "none"]),
        ...(json.boolean("readOnly") ? { readOnly: true } : {}),
      };
    case "virtionet":
      return readNetwork(json);
    case "virtioserial":
      return { kind: "virtio-serial", attachment: readSerial(json) };
    case "virtiorng":
      return { kind: "virtio-rng" };
    case "virtioballoon":
      return { kind: "virtio-balloon" };
    case "virtiosock": {
      const socketPath = json.optionalString("socketURL");
      return {
        kind: "virtio-vsock",
        port: json.integer("port"),
        ...(socketPath === undefined ? {} : { socketPath }),
        direction: json.boolean("listen") ? "listen" : "connect",
      };
    }
    case "virtiofs": {
      const mountTag = json.optionalString("mountTag");
      return {
        kind: "virtio-fs",
        sharedDir: json.string("sharedDir"),
        ...(mountTag === undefined ? {} : { mountTag }),
      };
    }
    case "rosetta":
      return {
        kind: "rosetta",
        mountTag: json.string("mountTag"),
        ...(json.boolean("installRosetta") ? { install: true } : {}),
        ...(json.boolean("ignoreIfMissing") ? { ignoreIfMissing: true } : {}),
      };
    case "virtiogpu":
      return {
        kind: "virtio-gpu",
        widthPixels: json.integer("width"),
        heightPixels: json.integer("height"),
      };
    case "virtioinput":
      return { kind: "virtio-input", type: json.oneOf("inputType", ["pointing", "keyboard"]) };
    default:
      throw unknownKind(json, kind);
  }
}

function readDisk(json: JsonObject): DiskBacking {
  const type = json.optionalString("type");
  return {
    path: json.string("imagePath"),
    ...(json.boolean("readOnly") ? { readOnly: true } : {}),
    ...(type === undefined ? {} : { type: json.oneOf("type", ["image", "dev"]) }),
  };
}

function readNetwork(json: JsonObject): VirtioNet {
  const macAddress = readMacAddress(json);
  return {
    kind: "virtio-net",
    attachment: readAttachment(json),
    ...(macAddress === undefined ? {} : { macAddress }),
  };
}

function readAttachment(json: JsonObject): NetworkAttachment {
  if (json.boolean("nat")) return { kind: "nat" };
  const path = json.optionalString("unixSocketPath");
  if (path === undefined) return { kind: "connected" };
  // vfkit leaves a false out of its JSON, and before 0.6.2 it did not know the member.
  return {
    kind: "unix-socket",
    path,
    ...(json.has("vfkitMagic") && !json.boolean("vfkitMagic") ? { vfkitMagic: false } : {}),
  };
}

function readMacAddress(json: JsonObject): MacAddress | undefined {
  const text = json.optionalString("macAddress");
  if (text === undefined) return undefined;
  return parseGoMac(text) ?? json.refuse("macAddress", "a MAC address");
}

function readSerial(json: JsonObject): SerialAttachment {
  const name = json.optionalString("ptyName");
  if (json.boolean("usesStdio")) return { kind: "stdio" };
  if (json.boolean("usesPty")) return { kind: "pty", ...(name === undefined ? {} : { name }) };
  return { kind: "log-file", path: json.string("logFile") };
}

function unknownKind(json: JsonObject, kind: string): MachineError {
  return new MachineError(
    `unknown kind in vfkit's inspect JSON: ${json.path}.kind is ${quote(kind)}`,
    {
      code: "ERR_VFKIT_INSPECT",
      hint: "A newer vfkit may know more kinds than this version of vfkit-config.",
    },
  );
}
