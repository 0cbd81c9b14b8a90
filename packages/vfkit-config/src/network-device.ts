import { parseMacAddress, type MacAddress } from "@vfkit-machine/host/mac-address";
import { usageError } from "./errors.js";
import { parseGoInt, parseGoMac } from "./go-values.js";
import { invalidValue, refuseOption, refuseValue, type Option } from "./options.js";
import type { NetworkAttachment, VirtioNet } from "./types.js";

const KIND = "virtio-net";
const MAX_FD = 2n ** 31n - 1n;

interface Found {
  nat: boolean;
  fd: number | undefined;
  socketPath: string;
  macAddress: MacAddress | undefined;
  /** Of the newer syntax `type=unixgram,path=...`. */
  hasType: boolean;
  /** The first option seen that needs `type`. */
  needsType: string | undefined;
  vfkitMagic: boolean;
}

export function parseVirtioNet(options: readonly Option[]): VirtioNet {
  const found: Found = {
    nat: false,
    fd: undefined,
    socketPath: "",
    macAddress: undefined,
    hasType: false,
    needsType: undefined,
    vfkitMagic: true,
  };
  for (const option of options) readOption(found, option);
  if (found.hasType && found.socketPath === "") {
    throw usageError(`${KIND}: type=unixgram needs path=PATH`);
  }
  if (!found.hasType && found.needsType !== undefined) {
    throw usageError(`${KIND}: ${found.needsType}= needs type=unixgram`);
  }
  const attachment = toAttachment(found);
  const { macAddress } = found;
  return { kind: KIND, attachment, ...(macAddress === undefined ? {} : { macAddress }) };
}

function readOption(found: Found, option: Option): void {
  const { key, value } = option;
  switch (key) {
    case "nat":
      refuseValue(KIND, option);
      found.nat = true;
      break;
    case "mac":
      found.macAddress =
        parseGoMac(value) ?? invalidValue(KIND, option, "two hexadecimal digits for each byte");
      break;
    case "fd": {
      const fd = parseGoInt(value);
      if (fd === undefined || fd < 0n || fd > MAX_FD) invalidValue(KIND, option, "0 to 2^31 - 1");
      found.fd = Number(fd);
      break;
    }
    case "path":
      found.needsType ??= key;
      found.socketPath = value;
      break;
    case "unixSocketPath":
      found.socketPath = value;
      break;
    case "type":
      if (value !== "unixgram") invalidValue(KIND, option, "unixgram");
      found.hasType = true;
      break;
    case "vfkitMagic":
      if (value !== "on" && value !== "off") invalidValue(KIND, option, "on or off");
      found.vfkitMagic = value === "on";
      break;
    case "offloading":
      // vfkit never offloads: it takes the option and does nothing.
      if (value !== "off") invalidValue(KIND, option, "off");
      found.needsType ??= key;
      break;
    default:
      refuseOption(KIND, option);
  }
}

function toAttachment({ nat, fd, socketPath, vfkitMagic }: Found): NetworkAttachment {
  const given = [
    ...(nat ? ["nat"] : []),
    ...(fd === undefined ? [] : ["fd"]),
    ...(socketPath === "" ? [] : ["unixSocketPath"]),
  ];
  if (given.length > 1) throw usageError(`${KIND}: ${given.join(" and ")} exclude each other`);
  if (nat) return { kind: "nat" };
  if (fd !== undefined) return { kind: "fd", fd };
  if (socketPath === "") throw usageError(`${KIND} needs one of nat, fd= and unixSocketPath=`);
  return { kind: "unix-socket", path: socketPath, ...(vfkitMagic ? {} : { vfkitMagic }) };
}

export function formatVirtioNet({ attachment, macAddress }: VirtioNet): string[] {
  return [
    ...formatAttachment(attachment),
    // Without types it may come in any spelling; vfkit wants two digits a byte.
    ...(macAddress === undefined ? [] : [`mac=${parseMacAddress(macAddress)}`]),
  ];
}

function formatAttachment(attachment: NetworkAttachment): string[] {
  if (attachment.kind === "nat") return ["nat"];
  if (attachment.kind === "fd") return [`fd=${attachment.fd}`];
  if (attachment.kind === "connected") {
    throw new Error("check-device.ts lets no connected socket through");
  }
  // The older spelling wherever it will do: vfkit before 0.6.2 knows no other.
  return attachment.vfkitMagic === false
    ? ["type=unixgram", `path=${attachment.path}`, "vfkitMagic=off"]
    : [`unixSocketPath=${attachment.path}`];
}
