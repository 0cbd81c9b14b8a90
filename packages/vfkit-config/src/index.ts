export { parseArgv, parseCommandLine, toArgv, type CommandLine } from "./command-line.js";
export { parseInspect } from "./inspect-decode.js";
export { toInspect, type InspectOptions } from "./inspect-encode.js";
export { checkDiskImage, checkDiskImages, diskImageProblem } from "./disk-image.js";
export {
  MAX_SOCKET_PATH_BYTES,
  parseRestUri,
  restUriForUnixSocket,
  type RestEndpoint,
} from "./rest-uri.js";
export { requiredVersion, type RequiredVersion } from "./required-version.js";
export type {
  Bootloader,
  CloudInit,
  Device,
  DiskBacking,
  EfiBootloader,
  LinuxBootloader,
  LogLevel,
  MacosBootloader,
  NetworkAttachment,
  NetworkBlockDevice,
  Nvme,
  Rosetta,
  SerialAttachment,
  UsbMassStorage,
  VirtioBalloon,
  VirtioBlk,
  VirtioFs,
  VirtioGpu,
  VirtioInput,
  VirtioNet,
  VirtioRng,
  VirtioSerial,
  VirtioVsock,
  VirtualMachine,
} from "./types.js";
