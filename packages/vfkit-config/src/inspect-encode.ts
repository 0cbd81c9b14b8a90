import { defaultVirtioGpu } from "./other-devices.js";
import type {
  Bootloader,
  Device,
  DiskBacking,
  NetworkAttachment,
  SerialAttachment,
  VirtualMachine,
} from "./types.js";

const BYTES_PER_MIB = 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000;
const DEFAULT_NBD_TIMEOUT_MS = 15_000;

type Json = Record<string, unknown>;

export interface InspectOptions {
  /**
   * As a vfkit that runs answers: it has connected the unix sockets of the network devices, and no
   * longer says their paths (default false: the paths are there).
   */
  readonly connected?: boolean | undefined;
}

/**
 * The JSON of vfkit's `GET /vm/inspect` for a machine. vfkit says nothing there of its own options
 * (log level, pid file, REST address), and shows cloud-init files as the disk it made of them, which
 * is the caller's to add.
 */
export function toInspect(
  machine: VirtualMachine,
  options: InspectOptions = {},
): Record<string, unknown> {
  const { timesyncVsockPort, ignitionPath } = machine;
  const devices = withGuiDevices(machine).map((device) => deviceToJson(device, options));
  const firstGpu = devices.find(({ kind }) => kind === "virtiogpu");
  if (machine.gui === true && firstGpu !== undefined) firstGpu["usesGUI"] = true;
  return {
    vcpus: machine.cpus,
    memoryBytes: machine.memoryMiB * BYTES_PER_MIB,
    bootloader: bootloaderToJson(machine.bootloader),
    ...(devices.length === 0 ? {} : { devices }),
    ...(timesyncVsockPort === undefined ? {} : { timesync: { vsockPort: timesyncVsockPort } }),
    ...(ignitionPath === undefined
      ? {}
      : { ignition: { kind: "ignition", configPath: ignitionPath } }),
    ...(machine.nested === true ? { nested: true } : {}),
  };
}

/** `--gui` adds the GPU and the keyboard that nobody asked for. */
function withGuiDevices({ gui, devices }: VirtualMachine): Device[] {
  if (gui !== true) return [...devices];
  const has = (kind: Device["kind"]): boolean => devices.some((device) => device.kind === kind);
  return [
    ...devices,
    ...(has("virtio-gpu") ? [] : [defaultVirtioGpu]),
    ...(has("virtio-input") ? [] : [{ kind: "virtio-input", type: "keyboard" } as const]),
  ];
}

function bootloaderToJson(bootloader: Bootloader): Json {
  if (bootloader.kind === "linux") {
    return {
      kind: "linuxBootloader",
      vmlinuzPath: bootloader.kernelPath,
      kernelCmdLine: bootloader.kernelCmdline,
      initrdPath: bootloader.initrdPath,
    };
  }
  if (bootloader.kind === "efi") {
    return {
      kind: "efiBootloader",
      efiVariableStorePath: bootloader.variableStorePath,
      createVariableStore: bootloader.create === true,
    };
  }
  // vfkit gives this one no kind.
  const { machineIdentifierPath, hardwareModelPath, auxImagePath } = bootloader;
  return { machineIdentifierPath, hardwareModelPath, auxImagePath };
}

type Encoders = {
  readonly [K in Device["kind"]]: (
    device: Extract<Device, { readonly kind: K }>,
    options: InspectOptions,
  ) => Json;
};

const DEVICES: Encoders = {
  "virtio-blk": (device) => ({
    kind: "virtioblk",
    ...diskToJson(device.kind, device),
    ...given("deviceIdentifier", device.deviceId),
  }),
  nvme: (device) => ({ kind: "nvme", ...diskToJson(device.kind, device) }),
  "usb-mass-storage": (device) => ({
    kind: "usbmassstorage",
    ...diskToJson(device.kind, device),
  }),
  nbd: (device) => ({
    kind: "nbd",
    devName: "nbd",
    ...trueOrAbsent("readOnly", device.readOnly),
    uri: device.uri,
    DeviceIdentifier: device.deviceId,
    Timeout: (device.timeoutMs ?? DEFAULT_NBD_TIMEOUT_MS) * NANOSECONDS_PER_MS,
    SynchronizationMode: device.sync ?? "full",
  }),
  "virtio-net": ({ attachment, macAddress }, options) => ({
    kind: "virtionet",
    ...networkToJson(attachment, options),
    ...given("macAddress", macAddress),
  }),
  "virtio-serial": ({ attachment }) => ({ kind: "virtioserial", ...serialToJson(attachment) }),
  "virtio-rng": () => ({ kind: "virtiorng" }),
  "virtio-balloon": () => ({ kind: "virtioballoon" }),
  "virtio-vsock": (device) => ({
    kind: "virtiosock",
    port: device.port,
    socketURL: device.socketPath ?? "",
    ...trueOrAbsent("listen", device.direction === "listen"),
  }),
  "virtio-fs": ({ mountTag, sharedDir }) => ({
    kind: "virtiofs",
    mountTag: mountTag ?? "",
    sharedDir,
  }),
  rosetta: (device) => ({
    kind: "rosetta",
    mountTag: device.mountTag,
    installRosetta: device.install === true,
    ignoreIfMissing: device.ignoreIfMissing === true,
  }),
  "virtio-gpu": ({ widthPixels, heightPixels }) => ({
    kind: "virtiogpu",
    usesGUI: false,
    width: widthPixels,
    height: heightPixels,
  }),
  "virtio-input": ({ type }) => ({ kind: "virtioinput", inputType: type }),
};

function deviceToJson(device: Device, options: InspectOptions): Json {
  const encode = DEVICES[device.kind] as (device: Device, options: InspectOptions) => Json;
  return encode(device, options);
}

function diskToJson(devName: string, { path, readOnly, type }: DiskBacking): Json {
  return {
    devName,
    ...trueOrAbsent("readOnly", readOnly),
    imagePath: path,
    ...given("type", type),
  };
}

function networkToJson(attachment: NetworkAttachment, { connected }: InspectOptions): Json {
  if (attachment.kind === "nat") return { nat: true };
  // Go has nothing to say of an open file.
  const socket = { nat: false, socket: {} };
  if (attachment.kind !== "unix-socket") return socket;
  return {
    ...(connected === true ? socket : { nat: false, unixSocketPath: attachment.path }),
    ...trueOrAbsent("vfkitMagic", attachment.vfkitMagic ?? true),
  };
}

function serialToJson(attachment: SerialAttachment): Json {
  if (attachment.kind === "log-file") return { logFile: attachment.path };
  if (attachment.kind === "stdio") return { usesStdio: true };
  return { usesPty: true, ...given("ptyName", attachment.name) };
}

function trueOrAbsent(key: string, value: boolean | undefined): Json {
  return given(key, value === true ? true : undefined);
}

function given(key: string, value: unknown): Json {
  return value === undefined ? {} : { [key]: value };
}
