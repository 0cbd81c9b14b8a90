import { posix } from "node:path";
import { isMachineError } from "@vfkit-machine/host/errors";
import { parseMacAddress } from "@vfkit-machine/host/mac-address";
import { quote, type Problem } from "./errors.js";
import { parseGoUrl } from "./go-url.js";
import { MAX_SOCKET_PATH_BYTES } from "./rest-uri.js";
import type { Device, NetworkBlockDevice, VirtioNet, VirtioVsock } from "./types.js";

/** vfkit's own socket beside a virtio-net socket: `/vfkit-PID-RANDOM.sock`, hexadecimal, at its longest. */
const OWN_SOCKET_BYTES = "/vfkit-1869f-ffff.sock".length;
/** Apple: VZVirtioBlockDeviceConfiguration.validateBlockDeviceIdentifier(_:). */
const MAX_DEVICE_ID_BYTES = 20;
/** Apple: VZVirtioFileSystemDeviceConfiguration.validateTag(_:), "fewer than 36 bytes". */
const MAX_MOUNT_TAG_BYTES = 35;
const NBD_SCHEMES = ["nbd", "nbds", "nbd+unix", "nbds+unix"];

/** What vfkit would refuse or misread in one device. */
export function* checkDevice(device: Device): Generator<Problem> {
  yield* checkTexts(device);
  switch (device.kind) {
    case "virtio-blk":
      yield* checkDeviceId(device.kind, device.deviceId);
      break;
    case "nbd":
      yield* checkNbd(device);
      break;
    case "virtio-net":
      yield* checkNet(device);
      break;
    case "virtio-vsock":
      yield* checkVsock(device);
      break;
    case "virtio-fs":
      // Without a tag vfkit takes the last component of the directory.
      yield* checkTag(device.kind, device.mountTag ?? baseName(device.sharedDir));
      break;
    case "rosetta":
      yield* checkTag(device.kind, device.mountTag);
      break;
    case "virtio-gpu":
      yield* checkWhole(device.kind, "width", device.widthPixels, 1, Number.MAX_SAFE_INTEGER);
      yield* checkWhole(device.kind, "height", device.heightPixels, 1, Number.MAX_SAFE_INTEGER);
      break;
    case "virtio-serial":
    case "nvme":
    case "usb-mass-storage":
    case "virtio-rng":
    case "virtio-balloon":
    case "virtio-input":
      break;
  }
}

/** Every text of a device stands in one comma-separated word, and an empty one counts as not given. */
function* checkTexts(device: Device): Generator<Problem> {
  const attachment = "attachment" in device ? device.attachment : {};
  for (const [name, value] of Object.entries({ ...device, ...attachment })) {
    if (value === "") yield { message: `${device.kind}: ${name} is missing or empty` };
    if (typeof value !== "string" || !value.includes(",")) continue;
    yield {
      message: `${device.kind}: a comma in ${name}: ${quote(value)}`,
      hint: "vfkit splits --device at every comma and knows no quotes: choose a name without one.",
    };
  }
}

function* checkDeviceId(kind: string, deviceId: string | undefined): Generator<Problem> {
  if (deviceId === undefined) return;
  if (/^[\u0001-\u007f]*$/.test(deviceId) && deviceId.length <= MAX_DEVICE_ID_BYTES) return;
  yield {
    message: `${kind}: invalid deviceId: ${quote(deviceId)}`,
    hint: `Apple's framework takes up to ${MAX_DEVICE_ID_BYTES} ASCII characters.`,
  };
}

function* checkNbd({ kind, uri, deviceId, timeoutMs }: NetworkBlockDevice): Generator<Problem> {
  const scheme = parseGoUrl(uri, { fragment: true })?.scheme ?? "";
  if (!NBD_SCHEMES.includes(scheme)) {
    yield {
      message: `${kind}: not the URI of an NBD server: ${quote(uri)}`,
      hint: `Its scheme must be one of ${NBD_SCHEMES.join(", ")}.`,
    };
  }
  yield* checkDeviceId(kind, deviceId);
  if (deviceId.includes("/")) {
    yield { message: `${kind}: a slash in deviceId: ${quote(deviceId)}` };
  }
  if (timeoutMs === undefined) return;
  yield* checkWhole(kind, "timeoutMs", timeoutMs, -(2 ** 31), 2 ** 31 - 1);
}

function* checkNet({ kind, attachment, macAddress }: VirtioNet): Generator<Problem> {
  if (attachment.kind === "connected") {
    yield { message: `${kind}: nobody says to which socket it is connected` };
  }
  if (attachment.kind === "fd") yield* checkWhole(kind, "fd", attachment.fd, 0, 2 ** 31 - 1);
  if (attachment.kind === "unix-socket") yield* checkNetSocket(kind, attachment.path);
  if (macAddress === undefined) return;
  try {
    parseMacAddress(macAddress);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    yield { message: `${kind}: ${error.message}`, hint: error.hint };
  }
}

function* checkSocketLength(kind: string, path: string): Generator<Problem> {
  const length = Buffer.byteLength(path);
  if (length <= MAX_SOCKET_PATH_BYTES) return;
  yield {
    message: `${kind}: the socket path ${quote(path)} has ${length} bytes, macOS allows ${MAX_SOCKET_PATH_BYTES}`,
    hint: "Put the socket into a directory with a shorter path.",
  };
}

function* checkNetSocket(kind: string, path: string): Generator<Problem> {
  const directory = posix.join(posix.dirname(path));
  const ownLength = Buffer.byteLength(directory) + OWN_SOCKET_BYTES;
  yield* checkSocketLength(kind, path);
  if (ownLength > MAX_SOCKET_PATH_BYTES) {
    yield {
      message: `${kind}: the directory of ${quote(path)} has ${Buffer.byteLength(directory)} bytes, at most ${MAX_SOCKET_PATH_BYTES - OWN_SOCKET_BYTES} leave room for vfkit's own socket`,
      hint: "Put the socket into a directory with a shorter path.",
    };
  }
}

/**
 * vfkit pastes the path into a URL and takes it out again: `unix:PATH` to connect from the guest,
 * `unix://:PATH` to listen for the host. Some paths come out as others. With one that is too long it
 * goes on without the socket, and only its log says so.
 */
function* checkVsock({ kind, port, socketPath, direction }: VirtioVsock): Generator<Problem> {
  yield* checkWhole(kind, "port", port, 0, 0xffff_ffff);
  if (direction !== "listen" && direction !== "connect") {
    yield { message: `${kind}: invalid direction: ${quote(direction)}`, hint: "listen or connect" };
  }
  if (socketPath === undefined) return;
  yield* checkSocketLength(kind, socketPath);
  const survives =
    direction === "connect"
      ? /^\/(?:[\w\-.~!$&'()*+,;=:@[\]/]|%[\da-f]{2})*$/i.test(socketPath)
      : /^\/(?!\/)[^%?#\0-\u001f\u007f]*$/.test(socketPath);
  if (survives) return;
  yield {
    message: `${kind}: vfkit would use another path than ${quote(socketPath)}`,
    hint: "It reads the path as part of a URL: give an absolute path of plain characters.",
  };
}

function* checkTag(kind: string, tag: string): Generator<Problem> {
  const length = Buffer.byteLength(tag);
  if (tag !== "" && length <= MAX_MOUNT_TAG_BYTES) return;
  yield {
    message: `${kind}: the mount tag ${quote(tag)} has ${length} bytes`,
    hint: `Apple's framework takes 1 to ${MAX_MOUNT_TAG_BYTES} bytes of UTF-8.`,
  };
}

function* checkWhole(
  kind: string,
  name: string,
  value: number,
  minimum: number,
  maximum: number,
): Generator<Problem> {
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return;
  yield { message: `${kind}: ${name} must be ${minimum} to ${maximum}, not ${quote(value)}` };
}

/** Go's `filepath.Base`. */
function baseName(path: string): string {
  return posix.basename(path) || "/";
}
