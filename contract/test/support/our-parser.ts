import { join } from "node:path";
import { isMachineError } from "@vfkit-machine/host";
import {
  checkDiskImages,
  parseCommandLine,
  parseRestUri,
  toArgv,
  toInspect,
  type Device,
  type VirtualMachine,
} from "@vfkit-machine/vfkit-config";
import type { Own, Verdict } from "./real-parser.js";
import { isSince, type Version } from "./versions.js";

/** What vfkit-config makes of a command line, in the words of the real parser. */
export interface OurVerdict extends Verdict {
  readonly machine?: VirtualMachine;
}

/** @param cwd where relative paths of disks are */
export async function judgeOurselves(
  argv: readonly string[],
  { version, cwd }: { readonly version: Version; readonly cwd: string },
): Promise<OurVerdict> {
  try {
    const read = parseCommandLine(argv);
    if (read.kind !== "run") return { outcome: read.kind };
    const { machine, ignored } = read;
    // vfkit looks at its disks this early since 0.6.2.
    if (isSince(version, "0.6.2")) {
      await checkDiskImages(machine.devices.map((device) => inDirectory(device, cwd)));
    }
    return { outcome: "run", machine, inspect: toInspect(machine), own: ownOf(machine), ignored };
  } catch (error) {
    if (!isMachineError(error, "ERR_VFKIT_USAGE", "ERR_DISK_IMAGE")) throw error;
    return { outcome: "error", error: error.message };
  }
}

function inDirectory(device: Device, directory: string): Device {
  if (device.kind !== "virtio-blk" || device.path.startsWith("/")) return device;
  return { ...device, path: join(directory, device.path) };
}

/** What the machine says beyond its configuration. */
function ownOf(machine: VirtualMachine): Own {
  const { restfulUri, logLevel, pidFile, gui, cloudInit } = machine;
  const files = {
    "user-data": cloudInit?.userDataPath,
    "meta-data": cloudInit?.metaDataPath,
    "network-config": cloudInit?.networkConfigPath,
  };
  return {
    ...(restfulUri === undefined ? {} : { rest: endpointOf(restfulUri) }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(pidFile === undefined ? {} : { pidFile }),
    ...(gui === true ? { gui } : {}),
    ...(cloudInit === undefined
      ? {}
      : { cloudInit: JSON.parse(JSON.stringify(files)) as Record<string, string> }),
  };
}

function endpointOf(uri: string): Record<string, string> {
  const endpoint = parseRestUri(uri);
  if (endpoint.kind === "none") return { none: uri };
  if (endpoint.kind === "unix") return { unix: endpoint.socketPath };
  const { host, port } = endpoint;
  return { tcp: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` };
}

/** Undefined where vfkit-config refuses the machine. */
export function argvOf(machine: VirtualMachine): string[] | undefined {
  try {
    return toArgv(machine);
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_CONFIG")) return undefined;
    throw error;
  }
}
