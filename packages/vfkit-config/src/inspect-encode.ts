import { defaultVirtioGpu } from "./other-devices.js";
import type {
  Bootloader,
  Device,
  DiskBacking,
  NetworkAttachment,
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
  switch (bootloader.kind) {
    case "linux":
      return {
        kind: "linuxBootloader",
        vmlinuzPath: bootloader.kernelPath,
        kernelCmdLine: bootloader.kernelCmdline,
        initrdPath: bootloader.initrdPath,
      };
    case "efi":
      return {
        kind: "efiBootloader",
        efiVariableStorePath: bootloader.variableStorePath,
        createVariableStore: bootloader.create === true,
      };
    case "macos": {
      // vfkit gives this one no kind.
      const { machineIdentifierPath, hardwareModelPath, auxImagePath } = bootloader;
      return { machineIdentifierPath, hardwareModelPath, auxImagePath };
    }
  }
}

function deviceToJson(device: Device, options: InspectOptions): Json {
  switch (device.kind) {
    case "virtio-blk":
      return {
        kind: "virtioblk",
        ...diskToJson(device.kind, device),
        ...given("deviceIdentifier", device.deviceId),
      };
    case "nvme":
      return { kind: "nvme", ...diskToJson(device.kind, device) };
    case "usb-mass-storage":
      return { kind: "usbmassstorage", ...diskToJson(device.kind, device) };
    case "nbd":
      return {
        kind: "nbd",
        devName: "nbd",
        ...given("readOnly", device.readOnly === true ? true : undefined),
        uri: device.uri,
        DeviceIdentifier: device.deviceId,
        Timeout: (device.timeoutMs ?? DEFAULT_NBD_TIMEOUT_MS) * NANOSECONDS_PER_MS,
        SynchronizationMode: device.sync ?? "full",
      };
    case "virtio-net":
      return {
        kind: "virtionet",
        ...networkToJson(device.attachment, options),
        ...given("macAddress", device.macAddress),
      };
    case "virtio-serial":
      switch (device.attachment.kind) {
        case "log-file":
          return { kind: "virtioserial", logFile: device.attachment.path };
        case "stdio":
          return { kind: "virtioserial", usesStdio: true };
        case "pty":
          return {
            kind: "virtioserial",
            usesPty: true,
            ...given("ptyName", device.attachment.name),
          };
      }
    case "virtio-rng":
      return { kind: "virtiorng" };
    case "virtio-balloon":
      return { kind: "virtioballoon" };
    case "virtio-vsock":
      return {
        kind: "virtiosock",
        port: device.port,
        socketURL: device.socketPath ?? "",
        ...given("listen", device.direction === "listen" ? true : undefined),
      };
    case "virtio-fs":
      return { kind: "virtiofs", mountTag: device.mountTag ?? "", sharedDir: device.sharedDir };
    case "rosetta":
      return {
        kind: "rosetta",
        mountTag: device.mountTag,
        installRosetta: device.install === true,
        ignoreIfMissing: device.ignoreIfMissing === true,
      };
    case "virtio-gpu":
      return {
        kind: "virtiogpu",
        usesGUI: false,
        width: device.widthPixels,
        height: device.heightPixels,
      };
    case "virtio-input":
      return { kind: "virtioinput", inputType: device.type };
  }
}

function diskToJson(devName: string, { path, readOnly, type }: DiskBacking): Json {
  return {
    devName,
    ...given("readOnly", readOnly === true ? true : undefined),
    imagePath: path,
    ...given("type", type),
  };
}

function networkToJson(attachment: NetworkAttachment, { connected }: InspectOptions): Json {
  switch (attachment.kind) {
    case "nat":
      return { nat: true };
    case "fd":
    case "connected":
      // Go has nothing to say of an open file.
      return { nat: false, socket: {} };
    case "unix-socket": {
      const magic = attachment.vfkitMagic === false ? {} : { vfkitMagic: true };
      return connected === true
        ? { nat: false, socket: {}, ...magic }
        : { nat: false, unixSocketPath: attachment.path, ...magic };
    }
  }
}

function given(key: string, value: unknown): Json {
  return value === undefined ? {} : { [key]: value };
}
