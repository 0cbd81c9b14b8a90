import { checkDevice } from "./check-device.js";
import { misnamed } from "./cloud-init.js";
import { quote, type Problem } from "./errors.js";
import { isMachineError } from "@vfkit-machine/host/errors";
import { parseRestUri } from "./rest-uri.js";
import type { Bootloader, VirtualMachine } from "./types.js";

const LOG_LEVELS: ReadonlySet<string> = new Set(["debug", "info", "error"]);
/** Past this, bytes can no longer be counted exactly. */
const MAX_MEMORY_MIB = Number.MAX_SAFE_INTEGER / 1024 / 1024;

/**
 * What vfkit would refuse or misread in a machine, whichever way the machine came: both `toArgv` and
 * `parseArgv` ask here.
 */
export function findProblem(machine: VirtualMachine): Problem | undefined {
  for (const problem of problemsOf(machine)) return problem;
  return undefined;
}

function* problemsOf(machine: VirtualMachine): Generator<Problem> {
  const { cpus, memoryMiB, logLevel, pidFile, ignitionPath, timesyncVsockPort } = machine;
  if (!isWhole(cpus, 1, Number.MAX_SAFE_INTEGER)) {
    yield { message: `invalid number of CPUs: ${quote(cpus)}`, hint: "Give 1 or more." };
  }
  if (!isWhole(memoryMiB, 1, Math.floor(MAX_MEMORY_MIB))) {
    yield { message: `invalid memory: ${quote(memoryMiB)} MiB`, hint: "Give 1 MiB or more." };
  }
  if (logLevel !== undefined && !LOG_LEVELS.has(logLevel)) {
    yield { message: `unknown log level: ${quote(logLevel)}`, hint: "Use debug, info or error." };
  }
  yield* checkBootloader(machine);
  if (timesyncVsockPort !== undefined && !isWhole(timesyncVsockPort, 1, 0xffff_ffff)) {
    yield {
      message: `invalid vsock port for --timesync: ${quote(timesyncVsockPort)}`,
      hint: "Give 1 to 4294967295.",
    };
  }
  yield* checkCloudInit(machine);
  if (pidFile === "") yield { message: "the path of the pid file is empty" };
  for (const device of machine.devices) yield* checkDevice(device);
  if (ignitionPath === "") yield { message: "the path of the ignition file is empty" };
  if (ignitionPath?.includes(",") === true) {
    yield {
      message: `a comma in the path of the ignition file: ${quote(ignitionPath)}`,
      hint: "vfkit refuses it: rename the file.",
    };
  }
  yield* checkRestUri(machine.restfulUri);
}

function* checkBootloader({ bootloader, nested }: VirtualMachine): Generator<Problem> {
  for (const [name, path] of requiredPaths(bootloader)) {
    if (path === "") yield { message: `the ${bootloader.kind} bootloader needs ${name}` };
  }
  if (bootloader.kind === "macos" && nested === true) {
    yield { message: "nested virtualization does not work with the macos bootloader" };
  }
}

function requiredPaths(bootloader: Bootloader): [string, string][] {
  if (bootloader.kind === "linux") {
    return [
      ["a kernel", bootloader.kernelPath],
      ["an initrd", bootloader.initrdPath],
    ];
  }
  if (bootloader.kind === "efi") return [["a variable store", bootloader.variableStorePath]];
  return [
    ["machineIdentifierPath", bootloader.machineIdentifierPath],
    ["hardwareModelPath", bootloader.hardwareModelPath],
    ["auxImagePath", bootloader.auxImagePath],
  ];
}

function* checkCloudInit({ cloudInit }: VirtualMachine): Generator<Problem> {
  if (cloudInit === undefined) return;
  if (cloudInit.userDataPath === undefined && cloudInit.metaDataPath === undefined) {
    yield { message: "cloud-init needs a file named user-data or one named meta-data" };
  }
  const wrong = misnamed(cloudInit);
  if (wrong !== undefined) {
    yield {
      message: `${quote(wrong.path)} is not named ${wrong.name}`,
      hint: "vfkit knows cloud-init's files by their names and leaves out all others.",
    };
  }
}

function* checkRestUri(uri: string | undefined): Generator<Problem> {
  if (uri === undefined) return;
  try {
    parseRestUri(uri);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    yield { message: error.message, hint: error.hint };
  }
}

function isWhole(value: number, minimum: number, maximum: number): boolean {
  return Number.isSafeInteger(value) && value >= minimum && value <= maximum;
}
