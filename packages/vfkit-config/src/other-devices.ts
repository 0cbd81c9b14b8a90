import { usageError } from "./errors.js";
import { parseGoInt, parseGoUint32 } from "./go-values.js";
import { invalidValue, refuseOption, refuseValue, type Option } from "./options.js";
import type {
  Rosetta,
  SerialAttachment,
  VirtioFs,
  VirtioGpu,
  VirtioInput,
  VirtioSerial,
  VirtioVsock,
} from "./types.js";

const DEFAULT_WIDTH_PIXELS = 800;
const DEFAULT_HEIGHT_PIXELS = 600;

/** For devices without options: virtio-rng and virtio-balloon. */
export function parseBare<K extends string>(kind: K, options: readonly Option[]): { kind: K } {
  for (const option of options) refuseOption(kind, option);
  return { kind };
}

export function parseVirtioSerial(options: readonly Option[]): VirtioSerial {
  let path = "";
  let stdio = false;
  let pty = false;
  for (const option of options) {
    if (option.key === "logFilePath") path = option.value;
    else if (option.key === "pty") pty = true;
    else if (option.key === "stdio") {
      refuseValue("virtio-serial", option);
      stdio = true;
    } else refuseOption("virtio-serial", option);
  }
  const given: SerialAttachment[] = [
    ...(path === "" ? [] : [{ kind: "log-file", path } as const]),
    ...(stdio ? [{ kind: "stdio" } as const] : []),
    ...(pty ? [{ kind: "pty" } as const] : []),
  ];
  const [attachment] = given;
  if (attachment === undefined || given.length > 1) {
    throw usageError("virtio-serial needs exactly one of logFilePath=, stdio and pty");
  }
  return { kind: "virtio-serial", attachment };
}

export function formatVirtioSerial({ attachment }: VirtioSerial): string[] {
  return attachment.kind === "log-file" ? [`logFilePath=${attachment.path}`] : [attachment.kind];
}

export function parseVirtioVsock(options: readonly Option[]): VirtioVsock {
  let port = 0;
  let socketPath = "";
  let direction: VirtioVsock["direction"] = "listen";
  for (const option of options) {
    const { key, value } = option;
    if (key === "socketURL") socketPath = value;
    else if (key === "listen" || key === "connect") direction = key;
    else if (key === "port") {
      port = parseGoUint32(value) ?? invalidValue("virtio-vsock", option, "0 to 2^32 - 1");
    } else refuseOption("virtio-vsock", option);
  }
  return { kind: "virtio-vsock", port, ...(socketPath === "" ? {} : { socketPath }), direction };
}

export function formatVirtioVsock({ port, socketPath, direction }: VirtioVsock): string[] {
  const socket = socketPath === undefined ? [] : [`socketURL=${socketPath}`];
  return [`port=${port}`, ...socket, direction];
}

export function parseVirtioFs(options: readonly Option[]): VirtioFs {
  const found = { sharedDir: "", mountTag: "" };
  for (const option of options) {
    const { key, value } = option;
    if (key === "sharedDir" || key === "mountTag") found[key] = value;
    else refuseOption("virtio-fs", option);
  }
  const { sharedDir, mountTag } = found;
  return { kind: "virtio-fs", sharedDir, ...(mountTag === "" ? {} : { mountTag }) };
}

export function formatVirtioFs({ sharedDir, mountTag }: VirtioFs): string[] {
  return [`sharedDir=${sharedDir}`, ...(mountTag === undefined ? [] : [`mountTag=${mountTag}`])];
}

export function parseRosetta(options: readonly Option[]): Rosetta {
  let mountTag = "";
  const flags: { install?: true; ignoreIfMissing?: true } = {};
  for (const option of options) {
    if (option.key === "mountTag") mountTag = option.value;
    else if (option.key === "install") flags.install = true;
    else if (option.key === "ignore-if-missing") flags.ignoreIfMissing = true;
    else refuseOption("rosetta", option);
  }
  return { kind: "rosetta", mountTag, ...flags };
}

export function formatRosetta({ mountTag, install, ignoreIfMissing }: Rosetta): string[] {
  return [
    `mountTag=${mountTag}`,
    ...(install === true ? ["install"] : []),
    ...(ignoreIfMissing === true ? ["ignore-if-missing"] : []),
  ];
}

export function parseVirtioGpu(options: readonly Option[]): VirtioGpu {
  const found = { width: 0, height: 0 };
  for (const option of options) {
    const { key, value } = option;
    if (key !== "width" && key !== "height") return refuseOption("virtio-gpu", option);
    const pixels = Number(parseGoInt(value) ?? 0n);
    if (pixels < 1) invalidValue("virtio-gpu", option, "1 or more pixels");
    found[key] = pixels;
  }
  const { width, height } = found;
  if (width === 0 && height === 0) return defaultVirtioGpu;
  return { kind: "virtio-gpu", widthPixels: width, heightPixels: height };
}

/** What vfkit takes when no size is given. */
export const defaultVirtioGpu: VirtioGpu = {
  kind: "virtio-gpu",
  widthPixels: DEFAULT_WIDTH_PIXELS,
  heightPixels: DEFAULT_HEIGHT_PIXELS,
};

export function formatVirtioGpu({ widthPixels, heightPixels }: VirtioGpu): string[] {
  return [`width=${widthPixels}`, `height=${heightPixels}`];
}

export function parseVirtioInput(options: readonly Option[]): VirtioInput {
  let type: VirtioInput["type"] | undefined;
  for (const option of options) {
    if (option.key !== "pointing" && option.key !== "keyboard") {
      return refuseOption("virtio-input", option);
    }
    refuseValue("virtio-input", option);
    type = option.key;
  }
  if (type === undefined) throw usageError("virtio-input needs pointing or keyboard");
  return { kind: "virtio-input", type };
}
